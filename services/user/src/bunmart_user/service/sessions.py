"""Sessions: sign in, refresh, sign out.

Their answers are tokens, which the idempotency store must not keep: ``rest/auth.py`` says so.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from bunmart_chassis.errors import UnauthenticatedError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_user import queries
from bunmart_user.domain.contact_details import normalise_email
from bunmart_user.domain.passwords import FAILURE_WINDOW
from bunmart_user.domain.token_expiry import Accepted, Refused, Reused, judge, new_refresh_token
from bunmart_user.opaque_tokens import hash_of, new_token
from bunmart_user.service.password_checks import PasswordChecks, forget_failures


class Grant(msgspec.Struct):
    """The tokens of a person who signed in."""

    access_token: str
    refresh_token: str
    expires_in: int
    user_id: UUID
    roles: list[str]


class Sessions(PasswordChecks):
    """Use cases that begin, continue and end a session."""

    async def log_in(self, unit: UnitOfWork, email: str, password: str) -> Grant:
        """Sign in with a password.

        Passwords are verified and hashed before the first statement of the unit. A wrong one is counted in a
        transaction of its own (``check_password``), because the refusal rolls the unit back.

        Raises:
            InvalidArgumentError: It is no e-mail address.
            UnauthenticatedError: No active account has this address and password (INVALID_CREDENTIALS).
            ResourceExhaustedError: Too many wrong passwords came before (TOO_MANY_ATTEMPTS).
            UnavailableError: There is no key that signs access tokens (SIGNING_KEY_MISSING).
        """
        address = normalise_email(email)
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=address)
        check = await self.check_password(address, found, password)
        if found is None or not check.is_right or not found.active:
            raise UnauthenticatedError("E-mail address or password is wrong.", code="INVALID_CREDENTIALS")
        before = found.password_hash
        fresh = await self.hashes.hash(password) if self.hashes.is_outdated(before) else None
        if fresh is not None:
            await queries.REHASH.run(unit, user_id=found.id, before=before, password_hash=fresh)
        grant = await self._grant(unit, found.id, found.roles, family=new_id())
        await forget_failures(unit, check)
        return grant

    async def _grant(self, unit: UnitOfWork, user_id: UUID, roles: list[str], *, family: UUID) -> Grant:
        access_token = self.tokens.issue(user_id, roles)
        refresh_token, hashed = new_token()
        row = new_refresh_token(
            new_id(),
            family=family,
            user_id=user_id,
            hashed=hashed,
            now=datetime.now(UTC),
            lifetime=timedelta(seconds=self.settings.refresh_token_seconds),
        )
        await queries.ADD_TOKEN.add(unit, row)
        return Grant(access_token, refresh_token, self.tokens.seconds, user_id, roles)

    async def refresh(self, refresh_token: str) -> Grant:
        """Exchange a refresh token for new tokens, with the roles of now; it is good for one use.

        All of it is one transaction of its own, and not the unit of the call: the end of a family is decided
        under the lock of the token, and must stand although the call is refused.

        Raises:
            UnauthenticatedError: It is unknown, expired, revoked, or its account is not active
                (REFRESH_TOKEN_INVALID); or it was used before, and now its whole family is revoked
                (REFRESH_TOKEN_REUSED).
            UnavailableError: There is no key that signs access tokens (SIGNING_KEY_MISSING).
        """
        async with self.database.transaction() as own:
            found = await queries.SESSION_FOR_UPDATE.first(own, hash=hash_of(refresh_token))
            match judge(found, datetime.now(UTC)):
                case Accepted(session):
                    await queries.USE_TOKEN.run(own, token_id=session.id)
                    return await self._grant(own, session.user_id, session.roles, family=session.family)
                case Reused(family):
                    await queries.REVOKE_FAMILY.run(own, of=family)
                    refusal = UnauthenticatedError(
                        "The refresh token was used before; sign in again.", code="REFRESH_TOKEN_REUSED"
                    )
                case Refused():
                    refusal = UnauthenticatedError(
                        "The refresh token is not valid.", code="REFRESH_TOKEN_INVALID"
                    )
        raise refusal

    async def log_out(self, unit: UnitOfWork, refresh_token: str) -> None:
        """End the session of a refresh token; one that is unknown or ended is no error."""
        await queries.REVOKE_BY_TOKEN.run(unit, of=hash_of(refresh_token))

    async def delete_expired(self) -> None:
        """Delete what has no effect any more: expired tokens and resets, and old wrong passwords."""
        async with self.database.transaction() as unit:
            for command in queries.DELETE_EXPIRED:
                await command.run(unit, since=datetime.now(UTC) - FAILURE_WINDOW)
