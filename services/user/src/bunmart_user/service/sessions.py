"""Sessions: sign in, refresh, sign out, change the password.

Nothing here may run under the idempotency store: its answers are tokens. ``rest`` keeps the calls out of it.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from bunmart_chassis.errors import (
    AbortedError,
    FailedPreconditionError,
    InvalidArgumentError,
    ResourceExhaustedError,
    UnauthenticatedError,
)
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Database, Executor

from bunmart_user import domain, queries, sessions
from bunmart_user.access_tokens import AccessTokens
from bunmart_user.clients import Clients
from bunmart_user.domain import Credentials
from bunmart_user.service.base import UseCases, user_not_found
from bunmart_user.sessions import RefreshToken, Verdict
from bunmart_user.settings import Settings

_CHECKS = 4
_WINDOW = timedelta(seconds=domain.FAILURE_WINDOW_SECONDS)


class Grant(msgspec.Struct):
    """What a person holds after signing in."""

    access_token: str
    refresh_token: str
    expires_in: int
    user_id: UUID
    roles: list[str]


class Sessions(UseCases):
    """Who is signed in."""

    def __init__(
        self, database: Database, clients: Clients, tokens: AccessTokens, settings: Settings
    ) -> None:
        super().__init__(database, clients, tokens, settings)
        # Wrong passwords are counted after they are checked; this bounds how many are on their way.
        self._checks = asyncio.Semaphore(_CHECKS)

    async def log_in(self, email: str, password: str) -> Grant:
        """Sign in with a password.

        Raises:
            UnauthenticatedError: No active account has this address and password (INVALID_CREDENTIALS).
            ResourceExhaustedError: Too many wrong passwords (TOO_MANY_ATTEMPTS).
        """
        address = domain.normalise_email(email)
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=address)
        if not await self._is_right(address, found, password) or found is None or not found.active:
            raise UnauthenticatedError("E-mail address or password is wrong.", code="INVALID_CREDENTIALS")
        if self.passwords.is_outdated(found.password_hash):
            fresh = await self.passwords.hash(password)
            await queries.REHASH.run(
                self.database, user_id=found.id, before=found.password_hash, password_hash=fresh
            )
        return await self._grant(self.database, found.id, found.roles, family=new_id())

    async def _is_right(self, email: str, found: Credentials | None, password: str) -> bool:
        """Check a password and count wrong ones, for addresses without an account too."""
        async with self._checks:
            now = datetime.now(UTC)
            failures = await queries.LOGIN_FAILURES.first(self.database, email=email, since=now - _WINDOW)
            if failures is not None and failures.failures >= domain.MAX_FAILURES:
                wait = failures.started_at + _WINDOW - now
                raise ResourceExhaustedError(
                    "Too many wrong passwords; wait a few minutes or reset the password.",
                    code="TOO_MANY_ATTEMPTS",
                    metadata={"retry_after_seconds": str(int(wait.total_seconds()) + 1)},
                )
            right = await self.passwords.verify(None if found is None else found.password_hash, password)
            if not right:
                await queries.ADD_FAILURE.run(self.database, email=email, now=now, since=now - _WINDOW)
            elif failures is not None:
                await queries.FORGET_FAILURES.run(self.database, email=email)
            return right

    async def _grant(self, executor: Executor, user_id: UUID, roles: list[str], *, family: UUID) -> Grant:
        access_token = self.tokens.issue(user_id, roles)
        secret, hashed = sessions.new_secret()
        now = datetime.now(UTC)
        expires_at = now + timedelta(seconds=self.settings.refresh_token_seconds)
        token = RefreshToken(new_id(), family, user_id, hashed, now, expires_at, None, None)
        await queries.ADD_TOKEN.add(executor, token)
        return Grant(access_token, secret, self.tokens.seconds, user_id, roles)

    async def refresh(self, refresh_token: str) -> Grant:
        """Exchange a refresh token for new tokens, with the roles of now; it is good for one use.

        Raises:
            UnauthenticatedError: It is unknown, expired, revoked, or its account is not active
                (REFRESH_TOKEN_INVALID); or it was used before, and now its whole family is revoked
                (REFRESH_TOKEN_REUSED).
        """
        async with self.database.transaction() as unit:
            found = await queries.SESSION_FOR_UPDATE.first(unit, hash=sessions.hash_of(refresh_token))
            verdict = sessions.judge(found, datetime.now(UTC))
            if found is not None and verdict is Verdict.ROTATE:
                await queries.USE_TOKEN.run(unit, token_id=found.id)
                return await self._grant(unit, found.user_id, found.roles, family=found.family)
            if found is not None and verdict is Verdict.REUSED:
                await queries.REVOKE_FAMILY.run(unit, of=found.family)
        if verdict is Verdict.REUSED:
            raise UnauthenticatedError(
                "The refresh token was used before; sign in again.", code="REFRESH_TOKEN_REUSED"
            )
        raise UnauthenticatedError("The refresh token is not valid.", code="REFRESH_TOKEN_INVALID")

    async def log_out(self, refresh_token: str) -> None:
        """End the session of a refresh token; one that is unknown or ended is no error."""
        await queries.REVOKE_BY_TOKEN.run(self.database, of=sessions.hash_of(refresh_token))

    async def change_password(self, user_id: UUID, old: str, new: str) -> None:
        """Set a new password and end all sessions; wrong old ones count like wrong logins.

        Raises:
            InvalidArgumentError: The old password is wrong, or the new one is not acceptable.
            AbortedError: Somebody else changed it at the same time (PASSWORD_CHANGED).
            ResourceExhaustedError: Too many wrong passwords (TOO_MANY_ATTEMPTS).
        """
        found = await queries.CREDENTIALS.first(self.database, user_id=user_id)
        if found is None:
            raise user_not_found(user_id)
        if found.email is None or not found.active:
            raise FailedPreconditionError("The account is not active.", code="USER_NOT_ACTIVE")
        domain.check_password(new, found.email, field="new_password")
        if not await self._is_right(found.email, found, old):
            raise InvalidArgumentError.field("old_password", "is wrong")
        fresh = await self.passwords.hash(new)
        async with self.database.transaction() as unit:
            before = found.password_hash
            if not await queries.REHASH.run(unit, user_id=user_id, before=before, password_hash=fresh):
                raise AbortedError("The password was changed meanwhile.", code="PASSWORD_CHANGED")
            await queries.REVOKE_ALL.run(unit, user_id=user_id)

    async def delete_old(self) -> None:
        """Delete what nobody can use any more."""
        for command in queries.DELETE_OLD:
            await command.run(self.database, since=datetime.now(UTC) - _WINDOW)
