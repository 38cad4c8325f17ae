"""Checks of a password, where wrong ones are counted: at signing in, and before a password is changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.identity import Client

from bunmart_user.domain.accounts import Credentials
from bunmart_user.domain.limits import (
    WINDOW,
    Counter,
    Limit,
    counter,
    login_counters,
    require_tries_left,
)
from bunmart_user.domain.token_expiry import Device
from bunmart_user.opaque_tokens import hash_of
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.queries import limits as limit_queries
from bunmart_user.service.base import UseCases

_NOBODY = UUID(int=0)


class PasswordChecks(UseCases):
    """Base of the use cases that check a password or are limited for strangers."""

    async def check_password(
        self, email: str, found: Credentials | None, password: str, client: Client, device: Device | None
    ) -> bool:
        """Check a password and count a wrong one, for addresses without an account too.

        A try is counted before the password is checked and taken back when it is right, so that parallel
        tries see each other. Counting is a transaction of its own, because the refusal that follows a wrong
        password rolls the unit of the call back. It comes before that unit's first statement.

        Args:
            email: The address that was given.
            found: Its account, if it has one.
            password: The password that was given.
            client: Who asks.
            device: The device of the account that the client has proved to be.

        Returns:
            True for the right password of an active account.

        Raises:
            ResourceExhaustedError: Too many wrong passwords came before (TOO_MANY_ATTEMPTS), or too many
                passwords are being checked (PASSWORD_QUEUE_FULL); both 429.
        """
        counters = login_counters(email, client.network, None if device is None else device.id)
        await self._require_tries_left(counters)
        async with self.hashes.place(client.network, known_device=device is not None):
            await self.count(counters)
            is_right = await self.hashes.verify(None if found is None else found.password_hash, password)
        is_good = is_right and found is not None and found.active
        if is_good:
            await self._take_back(email, client, counters)
        return is_good

    async def count(self, counters: Sequence[Counter]) -> None:
        """Count a try.

        Raises:
            ResourceExhaustedError: A counter is used up (TOO_MANY_ATTEMPTS, 429).
        """
        now = datetime.now(UTC)
        async with self.database.transaction() as own:
            for each in counters:
                counted = await limit_queries.COUNT.one(own, key=each.key, now=now, since=now - WINDOW)
                counted.tries -= 1
                # A refused try is rolled back: it is not made, so it does not count.
                require_tries_left([each], [counted], now)

    async def find_device(self, found: Credentials | None, token: str | None) -> Device | None:
        """Return the device of an account that a token proves, if it does; alike for unknown accounts."""
        if not token:
            return None
        user_id = _NOBODY if found is None else found.id
        return await credential_queries.DEVICE.first(self.database, hash=hash_of(token), user_id=user_id)

    async def _require_tries_left(self, counters: Sequence[Counter]) -> None:
        # Most tries over a limit end here, with one read and nothing written.
        counted = await limit_queries.COUNTED.all(self.database, keys=[each.key for each in counters])
        require_tries_left(counters, counted, datetime.now(UTC))

    async def _take_back(self, email: str, client: Client, counters: Sequence[Counter]) -> None:
        own_tries = {counter(Limit.PAIR, email, client.network).key}
        own_tries |= {each.key for each in counters} if len(counters) == 1 else set()
        async with self.database.transaction() as own:
            for each in counters:
                command = limit_queries.FORGET if each.key in own_tries else limit_queries.TAKE_BACK
                await command.run(own, keys=[each.key])
