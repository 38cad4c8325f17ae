"""A unit of work: one transaction, handed to the code that writes in it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from bunmart_chassis.outbox import JobPayload, PendingJob, enqueue_all, pending_job
from bunmart_chassis.storage.open_unit import forget_unit, note_unit, require_no_unit


class UnitOfWork:
    """Statements and outbox jobs that are committed together or not at all.

    The transaction begins with the first statement, so a unit without a statement costs nothing. Several
    tasks may use it: their statements run one after the other. The maker of the unit ends it: the chassis
    for a call (``bunmart_chassis.idempotency``), ``Database.transaction`` for a block.

    Args:
        pool: The pool that the connection comes from.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._connection: Any = None
        self._transaction: asyncpg.transaction.Transaction | None = None
        self._jobs: list[PendingJob] = []
        self._lock = asyncio.Lock()
        self._ended = False

    @property
    def is_open(self) -> bool:
        """True once a statement has begun the transaction, until it ends."""
        return self._transaction is not None

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a statement and return all rows."""
        async with self._lock:
            connection = self._connection or await self._begin()
            rows: list[asyncpg.Record] = await connection.fetch(query, *args)
            return rows

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Run a statement and return the first row."""
        async with self._lock:
            connection = self._connection or await self._begin()
            row: asyncpg.Record | None = await connection.fetchrow(query, *args)
            return row

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement and return the command tag."""
        async with self._lock:
            connection = self._connection or await self._begin()
            tag: str = await connection.execute(query, *args)
            return tag

    async def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> None:
        """Run a statement once per tuple of arguments."""
        async with self._lock:
            connection = self._connection or await self._begin()
            await connection.executemany(query, args)

    def enqueue(self, job: JobPayload, *, dedupe_key: str | None = None, delay_seconds: float = 0) -> None:
        """Write a job in this transaction; a worker runs it after the commit.

        Args:
            job: The work to do; its class names the handler.
            dedupe_key: While a job with this key waits or runs, another one is skipped.
            delay_seconds: Not before so many seconds have passed.
        """
        self._jobs.append(pending_job(job, dedupe_key, delay_seconds))

    async def flush(self) -> None:
        """Send the jobs to Postgres; ``commit`` does it too."""
        jobs, self._jobs = self._jobs, []
        if jobs:
            async with self._lock:
                await enqueue_all(self._connection or await self._begin(), jobs)

    async def commit(self) -> None:
        """Make everything last and give the connection back; nothing happens when nothing was written.

        An error here undoes everything: the transaction is rolled back and the connection given back.
        """
        try:
            await self.flush()
            transaction = self._transaction
            if transaction is not None:
                self._transaction = None
                await transaction.commit()
        finally:
            await self.rollback()

    async def rollback(self) -> None:
        """Undo what is not committed and give the connection back; further statements are refused."""
        connection, transaction = self._connection, self._transaction
        self._connection = self._transaction = None
        self._jobs, self._ended = [], True
        if connection is None:
            return
        forget_unit(self)
        try:
            if transaction is not None and not connection.is_closed():
                await transaction.rollback()
        finally:
            await self._pool.release(connection)

    async def _begin(self) -> Any:
        if self._ended:
            raise RuntimeError("this unit of work has ended: a statement came after its commit or rollback")
        require_no_unit()
        self._connection = await self._pool.acquire()
        transaction = self._connection.transaction()
        try:
            await transaction.start()
        except BaseException:
            await self.rollback()
            raise
        self._transaction = transaction
        note_unit(self)
        return self._connection
