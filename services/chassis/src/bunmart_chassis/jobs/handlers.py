"""A service's job handlers and schedules, and how one of them is run."""

import functools
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import msgspec
from opentelemetry.trace import SpanKind
from pgqueuer import PgQueuer
from pgqueuer.models import Job, Schedule

from bunmart_chassis.context import Call, deadline_in, serving
from bunmart_chassis.errors import DATABASE_UNAVAILABLE, from_exception, is_outage
from bunmart_chassis.ids import new_id
from bunmart_chassis.jobs.retries import guard_against_crashes, retrying_executor
from bunmart_chassis.outbox import JobPayload
from bunmart_chassis.telemetry import metrics, span

log = logging.getLogger(__name__)
Payload = TypeVar("Payload", bound=JobPayload)
Handler = Callable[[Any], Awaitable[None]]
JOB_SECONDS = 30.0
"""The deadline of a job, in seconds."""


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
        """The names of the jobs that have a handler."""
        return list(self._handlers)

    def install(self, queuer: PgQueuer, pool: asyncpg.Pool, missed: set[int]) -> None:
        """Register everything with a worker.

        Args:
            queuer: pgqueuer's part of the worker.
            pool: The worker's connections.
            missed: Receives the schedules whose run an outage of the database ended.
        """
        for name, (payload, handler) in self._handlers.items():
            run = functools.partial(_run_job, pool, payload, handler)

            async def entrypoint(job: Job, run: Any = run) -> None:
                await run(job)

            queuer.entrypoint(name, on_failure="hold", executor_factory=retrying_executor)(entrypoint)
        for name, (cron, task) in self._schedules.items():
            queuer.schedule(name, cron)(functools.partial(_run_schedule, name, task, missed))


async def _run_schedule(
    name: str, task: Callable[[], Awaitable[None]], missed: set[int], schedule: Schedule
) -> None:
    call = Call(method=f"schedule:{name}", request_id=str(new_id()), deadline=deadline_in(JOB_SECONDS))
    try:
        with serving(call), span(f"schedule {name}", SpanKind.INTERNAL, {}):
            await task()
    except Exception as exception:
        error = from_exception(exception)
        if error.code == DATABASE_UNAVAILABLE:
            missed.add(schedule.id)
            log.info("%s was ended by an outage of the database, it runs again", name)
        elif is_outage(exception):
            log.warning("%s did not run, it is tried at its next time: %s", name, error.message)
        else:
            raise


async def _run_job(pool: asyncpg.Pool, payload: type[JobPayload], handler: Handler, job: Job) -> None:
    headers = {key: str(value) for key, value in (job.headers or {}).items()}
    await guard_against_crashes(pool, job, headers)
    call = Call(
        method=f"job:{job.entrypoint}",
        request_id=str(new_id()),
        deadline=deadline_in(JOB_SECONDS),
        idempotency_key=headers.get("idempotency-key"),
    )
    started, outcome = time.perf_counter(), "failed"
    try:
        with serving(call), span(f"job {job.entrypoint}", SpanKind.CONSUMER, headers):
            await handler(msgspec.json.decode(job.payload or b"{}", type=payload))
        outcome = "done"
    finally:
        metrics.JOB_SECONDS.labels(job.entrypoint, outcome).observe(time.perf_counter() - started)
