"""Checks of a password, where wrong ones are counted: at signing in, and before a password is changed."""

import asyncio
from datetime import UTC, datetime

import msgspec
from bunmart_chassis.storage import Database, UnitOfWork

from bunmart_user import queries
from bunmart_user.access_tokens import AccessTokens
from bunmart_user.clients import Clients
from bunmart_user.domain.accounts import Credentials
from bunmart_user.domain.passwords import FAILURE_WINDOW, require_attempt_left
from bunmart_user.service.base import UseCases
from bunmart_user.settings import Settings

_PARALLEL = 4


class PasswordCheck(msgspec.Struct, frozen=True):
    """The result of a check.

    Attributes:
        email: The e-mail address whose wrong passwords are counted.
        is_right: True for the password of the account.
        has_failures: True when wrong ones were counted before.
    """

    email: str
    is_right: bool
    has_failures: bool


class PasswordChecks(UseCases):
    """Base of the use cases that check a password."""

    def __init__(
        self, database: Database, clients: Clients, tokens: AccessTokens, settings: Settings
    ) -> None:
        super().__init__(database, clients, tokens, settings)
        # Wrong passwords are counted after they are checked; this bounds how many are on their way.
        self._checks = asyncio.Semaphore(_PARALLEL)

    async def check_password(self, email: str, found: Credentials | None, password: str) -> PasswordCheck:
        """Check a password and count a wrong one, for addresses without an account too.

        The count is committed in a transaction of its own, because the refusal that follows it rolls the unit
        of the call back. It comes before that unit's first statement.

        Args:
            email: The address that was given.
            found: Its account, if it has one.
            password: The password that was given.

        Raises:
            ResourceExhaustedError: Too many wrong passwords came before (TOO_MANY_ATTEMPTS).
        """
        async with self._checks:
            now = datetime.now(UTC)
            since = now - FAILURE_WINDOW
            failures = await queries.LOGIN_FAILURES.first(self.database, email=email, since=since)
            require_attempt_left(failures, now)
            is_right = await self.hashes.verify(None if found is None else found.password_hash, password)
            if not is_right:
                async with self.database.transaction() as own:
                    await queries.ADD_FAILURE.run(own, email=email, now=now, since=since)
        return PasswordCheck(email, is_right, has_failures=failures is not None)


async def forget_failures(unit: UnitOfWork, check: PasswordCheck) -> None:
    """Forget the wrong passwords that came before the right one."""
    if check.has_failures:
        await queries.FORGET_FAILURES.run(unit, email=check.email)
