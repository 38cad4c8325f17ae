"""Connections to Postgres, of a service's pool and of its job worker."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

SESSION = {"jit": "off", "plan_cache_mode": "force_generic_plan"}
"""Every statement is prepared and finds its rows by an index: planning it again each time would cost more
than running it."""


class PooledConnection(asyncpg.Connection):
    """A pooled connection that is not reset on release, because its pool never sees session state.

    A server that dies lets asyncpg and the event loop throw many things, some of which look like defects.
    Whatever a statement throws on a connection that is lost is told as ``ConnectionDoesNotExistError``.
    """

    def get_reset_query(self) -> str:
        """Return no statement."""
        return ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """Run statements and return the last command tag."""
        try:
            return await super().execute(query, *args, timeout=timeout)
        except Exception as error:
            self._require_connection(error)
            raise

    async def executemany(  # noqa: D102 - as the original
        self,
        command: str,
        args: Iterable[Sequence[Any]],
        *,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        try:
            await super().executemany(command, args, timeout=timeout)
        except Exception as error:
            self._require_connection(error)
            raise

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
        """Run a statement and return all rows."""
        try:
            rows: list[Any] = await super().fetch(query, *args, **options)
        except Exception as error:
            self._require_connection(error)
            raise
        return rows

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """Run a statement and return the first row."""
        try:
            return await super().fetchrow(query, *args, **options)
        except Exception as error:
            self._require_connection(error)
            raise

    def _require_connection(self, error: Exception) -> None:
        if isinstance(error, asyncpg.PostgresError):
            return  # the server's own answer
        # uvloop throws a RuntimeError for a socket that is closed, before asyncpg knows it.
        if self.is_closed() or isinstance(error, RuntimeError):
            raise asyncpg.ConnectionDoesNotExistError(
                f"the connection was lost: {type(error).__name__}: {error}"
            ) from error


async def connect(*args: Any, **options: Any) -> asyncpg.Connection:
    """Open a connection; a server that does not accept it in time is absent.

    Raises:
        ConnectionError: The connection was not made in time.
    """
    try:
        return await asyncpg.connect(*args, **options)
    except TimeoutError as error:
        raise ConnectionError("no connection was made in time") from error
