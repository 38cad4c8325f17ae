"""Postgres: SQLModel declares, SQLAlchemy Core expresses, asyncpg runs.

A query is a Core expression over SQLModel tables, compiled once at import to its text and parameter order,
run on a plain asyncpg pool, its row read into a msgspec struct. This is the only way a service touches
Postgres. The figures behind it are in docs/decisions/0001-core-on-asyncpg.md.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import msgspec

from bunmart_chassis.context.call import current
from bunmart_chassis.outbox.enqueue import JobPayload, enqueue_all, pending_job
from bunmart_chassis.storage.statements import Command, Executor, Insert, Query, columns, table

if TYPE_CHECKING:
    from bunmart_chassis.idempotency.answers import IdempotentCall

__all__ = [
    "Command",
    "Database",
    "Executor",
    "Insert",
    "Query",
    "UnitOfWork",
    "columns",
    "table",
]


class _Serial:
    """Runs one statement after the other, for tasks that share a connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        async with self._lock:
            return await self._connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        async with self._lock:
            return await self._connection.fetchrow(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        async with self._lock:
            return await self._connection.execute(query, *args)

    async def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> None:
        async with self._lock:
            await self._connection.executemany(query, args)


class UnitOfWork:
    """One transaction: statements and outbox jobs are committed together or not at all.

    Args:
        connection: On which the transaction is open.
        serial: Whether several tasks may run statements on it; the later ones wait.
    """

    def __init__(self, connection: asyncpg.Connection, *, serial: bool = False) -> None:
        self.connection = connection
        executor = _Serial(connection) if serial else connection
        self.fetch = executor.fetch
        self.fetchrow = executor.fetchrow
        self.execute = executor.execute
        self.executemany = executor.executemany
        self._jobs: list[Any] = []

    def enqueue(self, job: JobPayload, *, dedupe_key: str | None = None, delay_seconds: float = 0) -> None:
        """Write a job in this transaction; a worker runs it after the commit.

        Args:
            job: What to do; its class names the handler.
            dedupe_key: While a job with this key waits or runs, another one is skipped.
            delay_seconds: Not before so many seconds have passed.
        """
        self._jobs.append(pending_job(job, dedupe_key, delay_seconds))

    @contextmanager
    def jobs_of_block(self) -> Iterator[None]:
        """Forget the jobs of a block that raises: its statements are undone to a savepoint."""
        kept = len(self._jobs)
        try:
            yield
        except BaseException:
            del self._jobs[kept:]
            raise

    async def flush(self) -> None:
        """Send the jobs to Postgres. The database calls it before every commit."""
        if self._jobs:
            await enqueue_all(self.connection, self._jobs)
            self._jobs = []


SESSION = {"jit": "off", "plan_cache_mode": "force_generic_plan"}
"""Every statement is prepared and finds its rows by an index: planning it again each time would cost more
than running it."""


class UnresetConnection(asyncpg.Connection):
    """A pooled connection that is not reset on release: this pool never sees session state."""

    def get_reset_query(self) -> str:
        return ""


_INDEPENDENT_SIZE = 2
"""Connections for independent transactions; they are short and wait for nobody else."""


def _pool(url: str, max_size: int, name: str) -> asyncpg.Pool:
    return asyncpg.create_pool(
        url,
        min_size=0,
        max_size=max_size,
        connection_class=UnresetConnection,
        init=_init_connection,
        statement_cache_size=512,
        command_timeout=10,
        max_inactive_connection_lifetime=60,
        timeout=5,
        server_settings={"application_name": name, **SESSION},
    )


class Database:
    """A service's pool of connections. Statements run on it directly are their own transaction.

    Under an idempotency key they belong to the transaction of the call: what they write is committed together
    with the stored answer, and what the call wrote is read by them.
    """

    def __init__(self, pool: asyncpg.Pool, independent: asyncpg.Pool) -> None:
        self.pool = pool
        self._independent = independent
        self._connecting = asyncio.Lock()
        self._connected = False

    def fetch(self, query: str, *args: Any) -> Coroutine[Any, Any, list[asyncpg.Record]]:
        """Run and return all rows."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.fetch(query, *args)
        return _run_in_call(self.pool, idempotent, "fetch", query, *args)

    def fetchrow(self, query: str, *args: Any) -> Coroutine[Any, Any, asyncpg.Record | None]:
        """Run and return the first row."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.fetchrow(query, *args)
        return _run_in_call(self.pool, idempotent, "fetchrow", query, *args)

    def execute(self, query: str, *args: Any) -> Coroutine[Any, Any, str]:
        """Run and return the command tag."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.execute(query, *args)
        return _run_in_call(self.pool, idempotent, "execute", query, *args)

    def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> Coroutine[Any, Any, None]:
        """Run once per tuple of arguments."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.executemany(query, args)
        return _run_in_call(self.pool, idempotent, "executemany", query, args)

    @classmethod
    def create(cls, url: str, *, max_size: int, name: str) -> "Database":
        """Prepare a pool; ``await database.pool`` connects it.

        Args:
            url: ``postgresql://role:password@host:port/database``.
            max_size: Upper bound of open connections.
            name: ``application_name``, for pg_stat_activity.
        """
        return cls(_pool(url, max_size, name), _pool(url, _INDEPENDENT_SIZE, name))

    async def close(self) -> None:
        """Close the connections once their statements are done."""
        await self.pool.close()
        if self._connected:
            await self._independent.close()

    def terminate(self) -> None:
        """Cut all connections at once."""
        self.pool.terminate()
        if self._connected:
            self._independent.terminate()

    @asynccontextmanager
    async def transaction(self, *, independent: bool = False) -> AsyncIterator[UnitOfWork]:
        """Open the unit of work of a use case.

        Under an idempotency key the commit belongs to the call: it happens together with the stored answer,
        when the answer is known (``IdempotentCall``).

        Args:
            independent: Commit at the end of the block all the same, for what must be known before a call
                that cannot be undone. Not inside of another transaction that holds the same rows.
        """
        idempotent = None if independent else _open_call()
        if idempotent is not None:
            async with idempotent.join() as unit:
                yield unit
            return
        # A call that holds a connection and waits for another one of the same pool can wait for itself.
        pool = self._independent if independent else self.pool
        if independent:
            await self._connect_independent()
        async with pool.acquire() as connection, connection.transaction():
            unit = UnitOfWork(cast("asyncpg.Connection", connection))
            yield unit
            await unit.flush()

    async def _connect_independent(self) -> None:
        # Most services never need it; the first who does opens it.
        async with self._connecting:
            await self._independent
            self._connected = True


def _open_call() -> "IdempotentCall | None":
    call = current()
    return None if call is None else call.idempotent


async def _run_in_call(pool: Any, idempotent: "IdempotentCall", run: str, query: str, *args: Any) -> Any:
    """Run a statement of the database under an idempotency key: only what writes opens the transaction."""
    if query.startswith("SELECT"):
        return await getattr(idempotent.unit or pool, run)(query, *args)
    async with idempotent.join() as unit:
        return await getattr(unit, run)(query, *args)


async def _init_connection(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_json_text, decoder=msgspec.json.decode, format="text"
        )


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
