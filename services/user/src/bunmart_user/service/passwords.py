"""Passwords: set a new one with the old one, or with the token of a mail."""

from uuid import UUID

from bunmart_chassis.errors import (
    AbortedError,
    FailedPreconditionError,
    InvalidArgumentError,
    require_found,
)
from bunmart_chassis.identity import Client
from bunmart_chassis.storage import UnitOfWork

from bunmart_user.domain.accounts import Credentials
from bunmart_user.domain.contact_details import normalise_email
from bunmart_user.domain.limits import Limit, counter
from bunmart_user.domain.passwords import require_acceptable_password, require_length
from bunmart_user.domain.sessions import EndedBy
from bunmart_user.domain.token_expiry import is_reset_of
from bunmart_user.opaque_tokens import hash_of
from bunmart_user.outbox import SendPasswordReset
from bunmart_user.queries import accounts as queries
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.queries import limits as limit_queries
from bunmart_user.service.base import lock_credentials
from bunmart_user.service.sessions import Sessions


class Passwords(Sessions):
    """Use cases that change a password. It is hashed before the first statement of the unit."""

    async def change_password(
        self, unit: UnitOfWork, user_id: UUID, old: str, new: str, client: Client, device_token: str | None
    ) -> None:
        """Set a new password and end all sessions and tokens; wrong old ones count like wrong logins.

        Devices are forgotten too, but not the one that the caller has proved to be.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
            FailedPreconditionError: The account is not active (USER_NOT_ACTIVE).
            InvalidArgumentError: The old password is wrong, or the new one is not acceptable.
            AbortedError: Somebody else changed it at the same time (PASSWORD_CHANGED).
            ResourceExhaustedError: Too many wrong passwords came before (TOO_MANY_ATTEMPTS), or too many
                people sign in at the moment (PASSWORD_QUEUE_FULL).
        """
        row = await queries.CREDENTIALS.first(self.database, user_id=user_id)
        found = require_found(row, "user", user_id)
        if found.email is None or not found.active:
            raise FailedPreconditionError("The account is not active.", code="USER_NOT_ACTIVE")
        require_length(new, field="new_password")
        device = await self.find_device(found, device_token)
        if not await self.check_password(found.email, found, old, client, device):
            raise InvalidArgumentError.field("old_password", "is wrong")
        fresh = await self._hash_acceptable(new, found, client)
        account = await lock_credentials(unit, user_id)
        if account is None or account.password_hash != found.password_hash or not account.active:
            raise AbortedError("The password was changed meanwhile.", code="PASSWORD_CHANGED")
        kept = None if device is None else device.id
        await self._set_password(unit, user_id, fresh, by=EndedBy.PASSWORD_CHANGED, kept_device=kept)

    async def _hash_acceptable(self, password: str, of: Credentials, client: Client) -> str:
        async with self.hashes.place(client.network):
            await self.hashes.compute(
                lambda: require_acceptable_password(
                    password, [of.email, of.display_name], field="new_password"
                )
            )
            return await self.hashes.hash(password)

    async def _set_password(
        self, unit: UnitOfWork, user_id: UUID, hashed: str, *, by: EndedBy, kept_device: UUID | None
    ) -> None:
        await queries.SET_PASSWORD.run(unit, user_id=user_id, password_hash=hashed)
        await self.end_sessions(unit, user_id, by)
        await self.end_tokens(unit, user_id)
        await credential_queries.DELETE_DEVICES.run(unit, user_id=user_id, kept=kept_device)

    async def request_password_reset(self, unit: UnitOfWork, email: str, client: Client) -> None:
        """Have a link sent. Nobody is told who has an account, not even by the time that the answer takes.

        The version of the credentials goes along: a change that comes before the mail ends the link.

        Raises:
            InvalidArgumentError: It is no e-mail address.
            ResourceExhaustedError: Too many were asked for from this network (TOO_MANY_ATTEMPTS, 429).
        """
        address = normalise_email(email)
        await self.count([counter(Limit.RESET, client.network)])
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=address)
        version = 0 if found is None else found.credentials_version
        unit.enqueue(SendPasswordReset(address, version), dedupe_key=f"{address} {version}")

    async def confirm_password_reset(
        self, unit: UnitOfWork, token: str, new_password: str, client: Client
    ) -> str:
        """Set a new password with the token of the mail; end all sessions and tokens, forget all devices.

        Returns:
            The token of the device: the person can sign in on it, whoever uses up the tries of others.

        Raises:
            InvalidArgumentError: The token is unknown, used, expired or older than a change of the
                credentials (RESET_TOKEN_INVALID), or the password is not acceptable. Then the token stays
                good.
            ResourceExhaustedError: Too many people sign in at the moment (PASSWORD_QUEUE_FULL, 429).
        """
        invalid = InvalidArgumentError(
            "The link is not valid any more; ask for a new one.", code="RESET_TOKEN_INVALID"
        )
        hashed = hash_of(token)
        reset = await credential_queries.OPEN_RESET.first(self.database, hash=hashed)
        found = reset and await queries.CREDENTIALS.first(self.database, user_id=reset.user_id)
        if not reset or not found or found.email is None or not found.active:
            raise invalid
        if not is_reset_of(found.credentials_version, reset):
            raise invalid
        require_length(new_password, field="new_password")
        fresh = await self._hash_acceptable(new_password, found, client)
        account = await lock_credentials(unit, found.id)
        claimed = await credential_queries.CLAIM_RESET.first(unit, hash=hashed)
        if account is None or claimed is None or not account.active:
            raise invalid
        if not is_reset_of(account.credentials_version, claimed):
            raise invalid
        await self._set_password(unit, found.id, fresh, by=EndedBy.PASSWORD_RESET, kept_device=None)
        await limit_queries.FORGET.run(unit, keys=[counter(Limit.PAIR, found.email, client.network).key])
        return await self.add_device(unit, found.id)
