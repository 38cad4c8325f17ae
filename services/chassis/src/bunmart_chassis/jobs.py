"""The worker that runs outbox jobs and schedules, in the service's own loop (pgqueuer)."""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import msgspec
from opentelemetry.trace import SpanKind
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Context, Job

from bunmart_chassis import metrics
from bunmart_chassis.calls import CURRENT, Call, deadline_in
from bunmart_chassis.db import SESSION, UnresetConnection
from bunmart_chassis.errors import InvalidArgumentError, PermissionDeniedError
from bunmart_chassis.idempotency import KEEP_HOURS
from bunmart_chassis.ids import new_id
from bunmart_chassis.outbox import JobPayload
from bunmart_chassis.tracing import span

log = logging.getLogger(__name__)
Payload = TypeVar("Payload", bound=JobPayload)
Handler = Callable[[Any], Awaitable[None]]
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
"""After so long without a sign of life a job's worker is taken for dead and the job runs elsewhere."""
MAX_ATTEMPTS = 14
"""With the backoff below about 35 minutes of trying; then the job is held for an admin."""
MAX_CRASHES = 3
"""A job that was picked so many times more than it was retried kills its process; it is held."""
JOB_SECONDS = 30.0
POOL_CLOSE_SECONDS = 1.0
"""Nothing uses the worker's pool any more when it is closed."""
_PERMANENT = (InvalidArgumentError, PermissionDeniedError)
_DEPTH = "SELECT entrypoint, status::text, count(*) FROM pgqueuer GROUP BY 1, 2"
_OLDEST = (
    "SELECT coalesce(extract(epoch FROM now() - min(execute_after)), 0) FROM pgqueuer "
    "WHERE status = 'queued' AND execute_after <= now()"
)
_PICKED = "UPDATE pgqueuer SET headers = headers || jsonb_build_object('picks', $2::text) WHERE id = $1"


class JobKillsProcessError(Exception):
    """A job's worker died each time it ran; it is held instead of being tried for ever."""


class Executor(DatabaseRetryEntrypointExecutor):
    """Retries with exponential backoff, holds at once what a retry cannot mend."""

    async def execute(self, job: Job, context: Context) -> None:
        """Run the job; raise RetryRequested to try later, anything else to hold it."""
        try:
            await super().execute(job, context)
        except RetryRequested as retry:
            if isinstance(retry.__cause__, (*_PERMANENT, JobKillsProcessError)):
                raise retry.__cause__ from None
            raise


_executor = functools.partial(
    Executor,
    max_attempts=MAX_ATTEMPTS,
    initial_delay=timedelta(milliseconds=500),
    max_delay=timedelta(minutes=5),
)


class Jobs:
    """A service's job handlers and schedules, registered in its ``jobs.py``."""

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[type[JobPayload], Handler]] = {}
        self._schedules: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {}

    def on(self, payload: type[Payload], handler: Callable[[Payload], Awaitable[None]]) -> None:
        """Run ``handler`` for every job with this payload. It may run more than once."""
        self._handlers[payload.__name__] = (payload, handler)

    def every(self, cron: str, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run something on a cron schedule (UTC), on one replica each time."""
        self._schedules[name] = (cron, run)

    def names(self) -> list[str]:
        """The entry points that have a handler."""
        return list(self._handlers)

    def install(self, queuer: PgQueuer, pool: asyncpg.Pool) -> None:
        """Register everything with a worker."""
        for name, (payload, handler) in self._handlers.items():
            run = functools.partial(_run_job, pool, payload, handler)

            async def entrypoint(job: Job, run: Any = run) -> None:
                await run(job)

            queuer.entrypoint(name, on_failure="hold", executor_factory=_executor)(entrypoint)
        for name, (cron, task) in self._schedules.items():
            _install_schedule(queuer, name, cron, task)


def _install_schedule(queuer: PgQueuer, name: str, cron: str, task: Callable[[], Awaitable[None]]) -> None:
    async def scheduled(_: Any) -> None:
        token = CURRENT.set(
            Call(method=f"schedule:{name}", request_id=str(new_id()), deadline=deadline_in(JOB_SECONDS))
        )
        try:
            with span(f"schedule {name}", SpanKind.INTERNAL, {}):
                await task()
        finally:
            CURRENT.reset(token)

    queuer.schedule(name, cron, clean_old=True)(scheduled)


async def _run_job(pool: asyncpg.Pool, payload: type[JobPayload], handler: Handler, job: Job) -> None:
    headers = {key: str(value) for key, value in (job.headers or {}).items()}
    await _guard_against_crashes(pool, job, headers)
    call = Call(
        method=f"job:{job.entrypoint}",
        request_id=str(new_id()),
        deadline=deadline_in(JOB_SECONDS),
        idempotency_key=headers.get("idempotency-key"),
    )
    token = CURRENT.set(call)
    started, outcome = time.perf_counter(), "failed"
    try:
        with span(f"job {job.entrypoint}", SpanKind.CONSUMER, headers):
            await handler(msgspec.json.decode(job.payload or b"{}", type=payload))
        outcome = "done"
    finally:
        CURRENT.reset(token)
        metrics.JOB_SECONDS.labels(job.entrypoint, outcome).observe(time.perf_counter() - started)


async def _guard_against_crashes(pool: asyncpg.Pool, job: Job, headers: Mapping[str, str]) -> None:
    """Count the picks of a job that is picked late: pgqueuer counts retries, not dead workers.

    A job that is picked within the heartbeat timeout of being due cannot have had a worker that died, so the
    usual job pays nothing for this (https://github.com/janbjorge/pgqueuer/issues/642).
    """
    if datetime.now(UTC) - job.execute_after < HEARTBEAT_TIMEOUT:
        return
    picks = int(headers.get("picks", "0")) + 1
    if picks > job.attempts + MAX_CRASHES:
        raise JobKillsProcessError(f"{job.entrypoint} was picked {picks} times and never came back")
    await pool.execute(_PICKED, job.id, str(picks))


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


async def measure_outbox(pool: asyncpg.Pool) -> None:
    """Set the outbox gauges; called when Prometheus scrapes."""
    metrics.OUTBOX_JOBS.clear()
    for entrypoint, status, count in await pool.fetch(_DEPTH):
        metrics.OUTBOX_JOBS.labels(entrypoint, status).set(count)
    metrics.OUTBOX_OLDEST_SECONDS.set(float(await pool.fetchval(_OLDEST)))
