"""Waiting for a database that is still starting."""

import asyncio
import logging
import time

import asyncpg

log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5
NO_DATABASE = (OSError, asyncpg.PostgresError, TimeoutError)
"""Errors of connecting while there is no server, or no role and database on it."""


async def wait_for_database(url: str, seconds: float) -> None:
    """Try to connect until it works.

    Args:
        url: ``postgresql://…``.
        seconds: How long.

    Raises:
        OSError: No server answers at that address.
        asyncpg.PostgresError: The server refuses; it may still be starting, or the role may not be made yet.
        TimeoutError: The server does not answer.
    """
    deadline = time.monotonic() + seconds
    said = ""
    while True:
        try:
            await (await asyncpg.connect(url, timeout=5)).close()
        except NO_DATABASE as error:
            if time.monotonic() > deadline:
                raise
            reason = f"{type(error).__name__}: {error}"
            if reason != said:
                log.info("waiting for the database: %s", reason)
                said = reason
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
