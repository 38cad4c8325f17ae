"""The worker that runs outbox jobs and schedules, in the service's own loop (pgqueuer)."""

import asyncio
import contextlib
import logging
import time
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver

from bunmart_chassis.idempotency import KEEP_HOURS
from bunmart_chassis.jobs.handlers import Jobs
from bunmart_chassis.jobs.retries import HEARTBEAT_TIMEOUT
from bunmart_chassis.storage.database import SESSION, UnresetConnection

log = logging.getLogger(__name__)
POOL_CLOSE_SECONDS = 1.0
"""Nothing uses the worker's pool any more when it is closed."""


class Worker:
    """Runs the jobs of one service until it is stopped; starts again when Postgres comes back."""

    def __init__(self, url: str, jobs: Jobs, *, name: str) -> None:
        self._url = url
        self._jobs = jobs
        self._name = name
        self._stopping = asyncio.Event()
        self._queuer: PgQueuer | None = None

    async def run(self) -> None:
        """Work until ``stop``; a lost database is retried with backoff."""
        self._jobs.every("17 * * * *", "housekeeping", self._housekeeping)
        delay = 0.1
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._run_once()
            except Exception as error:  # noqa: BLE001 - whatever ends the worker, it starts again
                log.warning("job worker stopped, starting again: %r", error)
            delay = 0.1 if time.monotonic() - began > 5 else min(delay * 2, 5.0)  # noqa: PLR2004
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _run_once(self) -> None:
        pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=3,
            max_inactive_connection_lifetime=60,
            # LISTEN has a connection of its own that never goes back; the others have nothing to reset.
            connection_class=UnresetConnection,
            server_settings={"application_name": f"{self._name}-jobs", **SESSION},
        )
        try:
            queuer = PgQueuer(AsyncpgPoolDriver(pool))
            self._jobs.install(queuer, pool)
            self._queuer = queuer
            if self._stopping.is_set():
                return
            await queuer.run(
                batch_size=10,
                dequeue_timeout=timedelta(seconds=2),
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            # pgqueuer may end without giving its listener's connection back, for which close waits for ever.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pool.close(), POOL_CLOSE_SECONDS)

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
