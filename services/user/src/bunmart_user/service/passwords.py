"""Passwords: set a new one with the old one, or with the token of a mail."""

from uuid import UUID

from bunmart_chassis.errors import (
    AbortedError,
    FailedPreconditionError,
    InvalidArgumentError,
    require_found,
)
from bunmart_chassis.storage import UnitOfWork

from bunmart_user import queries
from bunmart_user.domain.contact_details import normalise_email
from bunmart_user.domain.passwords import require_acceptable_password
from bunmart_user.opaque_tokens import hash_of
from bunmart_user.outbox import SendPasswordReset
from bunmart_user.service.password_checks import PasswordChecks, forget_failures


class Passwords(PasswordChecks):
    """Use cases that change a password. It is hashed before the first statement of the unit."""

    async def change_password(self, unit: UnitOfWork, user_id: UUID, old: str, new: str) -> None:
        """Set a new password and end all sessions; wrong old ones count like wrong logins.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
            FailedPreconditionError: The account is not active (USER_NOT_ACTIVE).
            InvalidArgumentError: The old password is wrong, or the new one is not acceptable.
            AbortedError: Somebody else changed it at the same time (PASSWORD_CHANGED).
            ResourceExhaustedError: Too many wrong passwords came before (TOO_MANY_ATTEMPTS).
        """
        row = await queries.CREDENTIALS.first(self.database, user_id=user_id)
        found = require_found(row, "user", user_id)
        if found.email is None or not found.active:
            raise FailedPreconditionError("The account is not active.", code="USER_NOT_ACTIVE")
        require_acceptable_password(new, found.email, field="new_password")
        check = await self.check_password(found.email, found, old)
        if not check.is_right:
            raise InvalidArgumentError.field("old_password", "is wrong")
        fresh = await self.hashes.hash(new)
        before = found.password_hash
        if not await queries.REHASH.run(unit, user_id=user_id, before=before, password_hash=fresh):
            raise AbortedError("The password was changed meanwhile.", code="PASSWORD_CHANGED")
        await queries.REVOKE_ALL.run(unit, user_id=user_id)
        await forget_failures(unit, check)

    async def request_password_reset(self, unit: UnitOfWork, email: str) -> None:
        """Have a link sent. Nobody is told who has an account, not even by the time that the answer takes.

        Raises:
            InvalidArgumentError: It is no e-mail address.
        """
        address = normalise_email(email)
        unit.enqueue(SendPasswordReset(address), dedupe_key=address)

    async def confirm_password_reset(self, unit: UnitOfWork, token: str, new_password: str) -> None:
        """Set a new password with the token of the mail, end all sessions, forget wrong passwords.

        Raises:
            InvalidArgumentError: The token is unknown, used or expired (RESET_TOKEN_INVALID), or the password
                is not acceptable. Then the token stays good.
        """
        invalid = InvalidArgumentError(
            "The link is not valid any more; ask for a new one.", code="RESET_TOKEN_INVALID"
        )
        hashed = hash_of(token)
        reset = await queries.OPEN_RESET.first(self.database, hash=hashed)
        found = reset and await queries.CREDENTIALS.first(self.database, user_id=reset.user_id)
        if not found or found.email is None or not found.active:
            raise invalid
        require_acceptable_password(new_password, found.email, field="new_password")
        fresh = await self.hashes.hash(new_password)
        # The user's row is locked first, as everywhere; a token that was claimed meanwhile undoes this.
        await queries.SET_PASSWORD.run(unit, user_id=found.id, password_hash=fresh)
        if not await queries.CLAIM_RESET.run(unit, hash=hashed):
            raise invalid
        await queries.REVOKE_ALL.run(unit, user_id=found.id)
        await queries.FORGET_FAILURES.run(unit, email=found.email)
