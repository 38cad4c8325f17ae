"""The worker that runs outbox jobs and schedules, in the service's own loop (pgqueuer)."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import PgQueuer

from bunmart_chassis.errors import is_outage
from bunmart_chassis.idempotency import KEEP_HOURS
from bunmart_chassis.jobs.driver import ListeningDriver
from bunmart_chassis.jobs.handlers import Jobs
from bunmart_chassis.jobs.repository import OutboxRepository
from bunmart_chassis.jobs.retries import HEARTBEAT_TIMEOUT
from bunmart_chassis.jobs.unwritten import Unwritten
from bunmart_chassis.storage import SESSION, Outage, PooledConnection, connect

log = logging.getLogger(__name__)
_MIN_DELAY, _MAX_DELAY = 0.1, 2.0
"""Between two starts of the worker, in seconds."""
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 10.0
_CLOSE_SECONDS = 1.0


class Worker:
    """Runs the jobs of one service until it is stopped; starts again when Postgres comes back.

    Args:
        url: The service's database.
        jobs: Its handlers and schedules.
        name: The service's name, for pg_stat_activity.
        outage: Logs the outages of the database.
    """

    def __init__(self, url: str, jobs: Jobs, *, name: str, outage: Outage) -> None:
        self._url = url
        self._jobs = jobs
        self._settings = {"application_name": f"{name}-jobs", **SESSION}
        self._outage = outage
        self._unwritten = Unwritten()
        self._stopping = asyncio.Event()
        self._queuer: PgQueuer | None = None

    async def run(self) -> None:
        """Work until ``stop``; a lost database is retried with backoff."""
        self._jobs.every("17 * * * *", "housekeeping", self._housekeeping)
        delay = _MIN_DELAY
        while not self._stopping.is_set():
            try:
                await self._run_once()
            except Exception as error:  # noqa: BLE001 - whatever ends the worker, it starts again
                delay = min(delay * 2, _MAX_DELAY)
                if is_outage(error):
                    self._outage.note_failure(error)
                else:
                    log.warning("job worker stopped, starting again: %r", error)
            else:
                delay = _MIN_DELAY
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _run_once(self) -> None:
        """Run until ``stop`` or until the database is lost."""
        listener = await connect(self._url, timeout=_CONNECT_SECONDS, server_settings=self._settings)
        # Without a smallest size: a pool that fills itself up logs each time it cannot.
        pool = asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=2,
            max_inactive_connection_lifetime=60,
            command_timeout=_STATEMENT_SECONDS,
            timeout=_CONNECT_SECONDS,
            connect=connect,
            connection_class=PooledConnection,
            server_settings=self._settings,
        )
        try:
            await pool
            await self._unwritten.write(pool)
            await self._work(pool, listener)
        finally:
            await _close(pool.close())
            await _close(listener.close())

    async def _work(self, pool: asyncpg.Pool, listener: asyncpg.Connection) -> None:
        driver = ListeningDriver(pool, listener)
        queuer = PgQueuer(driver, queries=OutboxRepository(driver, self._unwritten, self._lose))
        self._jobs.install(queuer, pool, self._unwritten.schedules)
        self._unwritten.workers.add(queuer.qm.queue_manager_id)
        self._queuer = queuer
        if self._stopping.is_set():
            return
        listener.add_termination_listener(self._lose_listener)
        try:
            await queuer.run(
                batch_size=10,
                dequeue_timeout=timedelta(seconds=2),
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            listener.remove_termination_listener(self._lose_listener)

    def _lose_listener(self, _: object) -> None:
        self._lose(asyncpg.ConnectionDoesNotExistError("the worker's connection was lost"))

    def _lose(self, error: Exception) -> None:
        """Note that the database is gone, and end the run: what is in flight ends, nothing new is taken."""
        self._outage.note_failure(error)
        if self._queuer is not None:
            self._queuer.shutdown.set()

    def stop(self) -> None:
        """Take no further job; ``run`` returns when those in flight are done."""
        self._stopping.set()
        if self._queuer is not None:
            self._queuer.shutdown.set()

    async def _housekeeping(self) -> None:
        """Delete the log of finished jobs after a week, and answers that nobody may replay any more."""
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("DELETE FROM pgqueuer_log WHERE created < now() - interval '7 days'")
            await connection.execute(
                "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(hours => $1)",
                KEEP_HOURS,
            )
        finally:
            await connection.close()


async def _close(closing: Coroutine[Any, Any, None]) -> None:
    # Nothing uses the connections any more, and a server that is gone cannot say goodbye.
    with contextlib.suppress(Exception):
        await asyncio.wait_for(closing, _CLOSE_SECONDS)
