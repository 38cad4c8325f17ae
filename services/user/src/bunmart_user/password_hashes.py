"""Password hashes: argon2id, computed by a few threads of their own, with a bounded queue before them."""

import asyncio
import contextlib
import secrets
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bunmart_chassis.errors import ResourceExhaustedError

from bunmart_user.settings import Settings

Result = TypeVar("Result")
_RETRY_SECONDS = 2


class PasswordHashes:
    """Hashes and verifies with the parameters of the OWASP cheat sheet (19 MiB, two passes, one lane).

    A call takes a place before it counts or computes anything, and is refused at once when there is none: a
    queue without an end would make everybody wait for the passwords of one attacker. Half of the places are
    the most that one network may have, and a quarter is kept for known devices. One network
    never has all threads at work, so others wait for a thread and not for its queue. The threads are not
    those of the event loop's other work, which therefore never waits behind a password.

    A call may have to wait for its turn, so it computes a hash before the first statement of its unit of
    work: no connection and no lock is held meanwhile.
    """

    def __init__(self, settings: Settings, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(settings.password_workers, thread_name_prefix="passwords")
        self._places = settings.password_places
        self._taken: Counter[str] = Counter()
        self._at_once = max(1, settings.password_workers - 1)
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    @asynccontextmanager
    async def place(self, network: str, *, known_device: bool = False) -> AsyncIterator[None]:
        """Take a place in the queue for as long as the block runs, and wait for the turn of the network.

        Args:
            network: The network that asks.
            known_device: True for a device on which the owner signed in before.

        Raises:
            ResourceExhaustedError: All places are taken (PASSWORD_QUEUE_FULL, 429 with ``Retry-After``).
        """
        most = self._places if known_device else self._places * 3 // 4
        own = self._places if known_device else max(1, self._places // 2)
        if self._taken.total() >= most or self._taken[network] >= own:
            raise ResourceExhaustedError(
                "Too many people sign in at the moment; retry in a few seconds.",
                code="PASSWORD_QUEUE_FULL",
                metadata={"retry_after_seconds": str(_RETRY_SECONDS)},
                retry_seconds=_RETRY_SECONDS,
            )
        self._taken[network] += 1
        turns = self._turns.setdefault(network, asyncio.Semaphore(self._at_once))
        try:
            async with contextlib.nullcontext() if known_device else turns:
                yield
        finally:
            self._taken[network] -= 1
            if not self._taken[network]:
                del self._taken[network], self._turns[network]

    async def hash(self, password: str) -> str:
        """Hash a password for storage."""
        return await self.compute(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Return True for the password that was hashed; without a hash it is False and takes as long."""
        matches = await self.compute(lambda: self.matches(stored or self._nobody, _normal(password)))
        return matches and bool(stored)

    async def compute(self, work: Callable[[], Result]) -> Result:
        """Run slow work on passwords in the threads that are for it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def is_outdated(self, stored: str) -> bool:
        """True for a hash that was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def matches(self, stored: str, password: str) -> bool:
        """Compare a password with a hash, in the thread of the caller; ``verify`` is for use cases."""
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    # Keyboards compose the same character differently (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
