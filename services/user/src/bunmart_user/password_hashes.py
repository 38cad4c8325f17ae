"""Password hashes: argon2id, computed in threads, a few at a time."""

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_PARALLEL = 2


class PasswordHashes:
    """Hashes and verifies with the parameters of the OWASP cheat sheet (19 MiB, two passes, one lane).

    No more than two hashes are computed at the same time: more would only take memory and processors from
    everything else that the process does. A call may have to wait for its turn, so it computes a hash before
    the first statement of its unit of work: no connection and no lock is held meanwhile.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Hash a password for storage."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Return True for the password that was hashed; without a hash it is False and takes as long."""
        async with self._slots:
            matches = await asyncio.to_thread(self._matches, stored or self._nobody, _normal(password))
        return matches and bool(stored)

    def is_outdated(self, stored: str) -> bool:
        """True for a hash that was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    # Keyboards compose the same character differently (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
