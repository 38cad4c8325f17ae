"""Mails about an account, sent by jobs; each may be sent more than once."""

from datetime import UTC, datetime, timedelta

import msgspec

from bunmart_user.domain.token_expiry import is_reset_too_soon, new_password_reset
from bunmart_user.opaque_tokens import new_token
from bunmart_user.outbox import SendPasswordReset, SendWelcome
from bunmart_user.queries import accounts as queries
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.service.base import UseCases, lock_credentials


class Mails(UseCases):
    """Use cases of jobs that write to a person.

    Whoever signs up with the address of somebody else must not be able to write to that person through us.
    Nobody confirmed these addresses, so the mails have no text of the account, not even its name.
    """

    async def send_welcome(self, job: SendWelcome) -> None:
        """Greet a new user, unless the account is gone already."""
        contact = await queries.CONTACT.first(self.database, user_id=job.user_id)
        if contact is not None and contact.active:
            await self.clients.notify(contact.id, "user_welcome", {})

    async def send_password_reset(self, job: SendPasswordReset) -> None:
        """Make a one-time token and send it; the database keeps its hash. A new one replaces the last.

        Nothing is sent when the credentials changed after the reset was asked for. The hash stands before the
        mail is sent, so that no link comes without effect. A job that fails in between makes another token
        when it runs again.
        """
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=job.email)
        if found is None:
            return
        token, hashed = new_token()
        async with self.database.transaction() as unit:
            account = await lock_credentials(unit, found.id)
            if account is None or account.email != job.email or not account.active:
                return
            if job.credentials_version not in (None, account.credentials_version):
                return
            now = datetime.now(UTC)
            last = await credential_queries.RESET_OF.first(unit, user_id=account.id)
            if is_reset_too_soon(last, now):
                return
            lifetime = timedelta(seconds=self.settings.password_reset_seconds)
            reset = new_password_reset(account.id, hashed, now, lifetime, account.credentials_version)
            await credential_queries.REPLACE_RESET.run(unit, **msgspec.structs.asdict(reset))
        url = f"{self.settings.public_url}/reset-password#token={token}"
        await self.clients.notify(account.id, "password_reset", {"url": url}, confidential=True)
        async with self.database.transaction() as unit:
            await credential_queries.MARK_RESET_SENT.run(unit, user_id=account.id, of=hashed)
