"""Password reset by e-mail."""

from datetime import UTC, datetime, timedelta

from bunmart_chassis.errors import InvalidArgumentError

from bunmart_user import domain, queries, sessions
from bunmart_user.outbox import SendPasswordReset, SendWelcome
from bunmart_user.service.base import UseCases


class Resets(UseCases):
    """What is sent to people about their account."""

    async def request_password_reset(self, email: str) -> None:
        """Have a link sent; whether somebody has that address is not told, not even by the time it takes."""
        address = domain.normalise_email(email)
        async with self.database.transaction() as unit:
            unit.enqueue(SendPasswordReset(address), dedupe_key=address)

    async def send_password_reset(self, email: str) -> None:
        """Make a one-time token and send it; the database keeps its hash. A new one replaces the last."""
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=email)
        if found is None or not found.active:
            return
        now = datetime.now(UTC)
        last = await queries.RESET_OF.first(self.database, user_id=found.id)
        pause = timedelta(seconds=domain.RESET_PAUSE_SECONDS)
        if last is not None and last.sent_at is not None and last.sent_at > now - pause:
            return
        token, hashed = sessions.new_secret()
        expires_at = now + timedelta(seconds=self.settings.password_reset_seconds)
        await queries.REPLACE_RESET.run(self.database, user_id=found.id, hash=hashed, expires_at=expires_at)
        contact = await queries.CONTACT.first(self.database, user_id=found.id)
        url = f"{self.settings.public_url}/reset-password#token={token}"
        name = contact.display_name if contact else ""
        await self.clients.notify(found.id, "password_reset", {"name": name, "token": token, "url": url})
        await queries.MARK_RESET_SENT.run(self.database, user_id=found.id, of=hashed)

    async def confirm_password_reset(self, token: str, new_password: str) -> None:
        """Set a new password with the token of the mail, end all sessions, forget wrong passwords.

        Raises:
            InvalidArgumentError: The token is unknown, used or expired (RESET_TOKEN_INVALID), or the password
                is not acceptable.
        """
        invalid = InvalidArgumentError(
            "The link is not valid any more; ask for a new one.", code="RESET_TOKEN_INVALID"
        )
        hashed = sessions.hash_of(token)
        reset = await queries.OPEN_RESET.first(self.database, hash=hashed)
        found = reset and await queries.CREDENTIALS.first(self.database, user_id=reset.user_id)
        if not found or found.email is None or not found.active:
            raise invalid
        domain.check_password(new_password, found.email, field="new_password")
        fresh = await self.passwords.hash(new_password)
        async with self.database.transaction() as unit:
            if not await queries.CLAIM_RESET.run(unit, hash=hashed):
                raise invalid
            await queries.SET_PASSWORD.run(unit, user_id=found.id, password_hash=fresh)
            await queries.REVOKE_ALL.run(unit, user_id=found.id)
            await queries.FORGET_FAILURES.run(unit, email=found.email)

    async def send_welcome(self, job: SendWelcome) -> None:
        """Greet a new user, unless the account is gone already."""
        contact = await queries.CONTACT.first(self.database, user_id=job.user_id)
        if contact is not None and contact.active:
            await self.clients.notify(contact.id, "user_welcome", {"name": contact.display_name})
