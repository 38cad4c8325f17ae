"""The pool of connections of a service.

A query is a Core expression over SQLModel tables, compiled once at import to its text and parameter order,
run on a plain asyncpg pool, its row read into a msgspec struct. The figures behind it are in
docs/decisions/0001-core-on-asyncpg.md.
"""

from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from bunmart_chassis.storage.connections import SESSION, PooledConnection, connect
from bunmart_chassis.storage.open_unit import require_no_unit
from bunmart_chassis.storage.outage import Outage
from bunmart_chassis.storage.unit_of_work import UnitOfWork


class Database:
    """A service's pool of connections. Each statement that runs on it directly is a transaction of its own.

    Reads run here. Whatever belongs together with other writes or with the answer of a call runs in a
    ``UnitOfWork`` instead; while one is open, a statement here is refused (``storage.open_unit``).

    Attributes:
        pool: The connections.
        outage: Logs the outages of the server; whoever finds that it does not answer tells it.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.outage = Outage()

    @classmethod
    def create(cls, url: str, *, max_size: int, name: str) -> "Database":
        """Prepare a pool; ``await database.pool`` connects it.

        Args:
            url: ``postgresql://role:password@host:port/database``.
            max_size: Upper bound of open connections.
            name: ``application_name``, for pg_stat_activity.
        """
        return cls(
            asyncpg.create_pool(
                url,
                min_size=0,
                max_size=max_size,
                connect=connect,
                connection_class=PooledConnection,
                init=_init_connection,
                statement_cache_size=512,
                command_timeout=10,
                max_inactive_connection_lifetime=60,
                timeout=5,
                server_settings={"application_name": name, **SESSION},
            )
        )

    def fetch(self, query: str, *args: Any) -> Coroutine[Any, Any, list[asyncpg.Record]]:
        """Run a statement and return all rows."""
        require_no_unit()
        return self.pool.fetch(query, *args)

    def fetchrow(self, query: str, *args: Any) -> Coroutine[Any, Any, asyncpg.Record | None]:
        """Run a statement and return the first row."""
        require_no_unit()
        return self.pool.fetchrow(query, *args)

    def execute(self, query: str, *args: Any) -> Coroutine[Any, Any, str]:
        """Run a statement and return the command tag."""
        require_no_unit()
        return self.pool.execute(query, *args)

    def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> Coroutine[Any, Any, None]:
        """Run a statement once per tuple of arguments."""
        require_no_unit()
        return self.pool.executemany(query, args)

    def unit(self) -> UnitOfWork:
        """Make a unit of work; its maker commits it or rolls it back."""
        require_no_unit()
        return UnitOfWork(self.pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Make a unit of work for a block: committed at its end, rolled back when it raises.

        For jobs, schedules, and a write that must last before a call that cannot be undone is made. A use
        case of a call receives the unit of its call instead.
        """
        unit = self.unit()
        try:
            yield unit
            await unit.commit()
        finally:
            await unit.rollback()

    async def close(self) -> None:
        """Close the connections once their statements are done."""
        await self.pool.close()

    def terminate(self) -> None:
        """Cut all connections at once."""
        self.pool.terminate()


async def _init_connection(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_json_text, decoder=msgspec.json.decode, format="text"
        )


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
