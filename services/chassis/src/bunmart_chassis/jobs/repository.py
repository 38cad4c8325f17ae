"""pgqueuer's statements for an outbox whose database may be gone at any moment.

pgqueuer asks a repository for its statements; its own raises what the database throws, and then a retry that
cannot be noted becomes the job's final failure. This one ends the worker instead, without an error, and keeps
what it could not write (docs/decisions/0012-jobs-outlive-an-outage.md).
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.types import CronEntrypoint, HealthCheckId, JobId, QueueEntrypoint, ScheduleId
from pgqueuer.models import CronExpressionEntrypoint, Job, Schedule, TracebackRecord
from pgqueuer.types import JOB_STATUS

from bunmart_chassis.errors import is_outage
from bunmart_chassis.jobs.driver import ListeningDriver
from bunmart_chassis.jobs.retries import OUTAGES
from bunmart_chassis.jobs.unwritten import RELEASE_JOBS, Unwritten

Value = TypeVar("Value")
_Ended = tuple[Job, JOB_STATUS, TracebackRecord | None]
_RETRY = """
WITH retried AS (
    UPDATE pgqueuer
    SET status = 'queued', execute_after = now() + $2::interval, attempts = attempts + 1, updated = now(),
        queue_manager_id = NULL, headers = headers || $4::jsonb
    WHERE id = $1 AND status = 'picked' AND queue_manager_id = $5
    RETURNING id, entrypoint, priority
)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)
SELECT id, 'queued', entrypoint, priority, $3::jsonb FROM retried
"""
_FORGET_OLD_SCHEDULES = """
DELETE FROM pgqueuer_schedules WHERE entrypoint = ANY($1::text[])
AND (entrypoint, expression) NOT IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""


class OutboxRepository(Queries):
    """The statements of one worker.

    Args:
        driver: Runs them.
        unwritten: Keeps what could not be written.
        lost: Told that the database is gone; it stops the worker.
    """

    def __init__(
        self,
        driver: ListeningDriver,
        unwritten: Unwritten,
        lost: Callable[[Exception], None],
    ) -> None:
        super().__init__(driver)
        self._unwritten = unwritten
        self._lost = lost

    async def _try(self, statement: Awaitable[Value], otherwise: Value) -> Value:
        """Run a statement; an outage ends the worker and gives the other value."""
        try:
            return await statement
        except Exception as error:
            if not (is_outage(error) or isinstance(error, TimeoutError)):
                raise
            self._lost(error)
            return otherwise

    async def dequeue(self, *args: Any, **options: Any) -> list[Job]:
        """Take jobs that are due."""
        return await self._try(super().dequeue(*args, **options), [])

    async def log_jobs(self, job_status: list[_Ended]) -> None:
        """Write how jobs ended; a job that was interrupted by the worker's end goes back into the queue."""
        ended: list[_Ended] = [
            (job, status, _storable(error)) for job, status, error in job_status if status != "canceled"
        ]
        interrupted = [job.id for job, status, _ in job_status if status == "canceled"]
        self._unwritten.finished |= {job.id for job, status, _ in ended if status == "successful"}
        if interrupted:
            await self._try(self.driver.execute(RELEASE_JOBS, interrupted), "")
        if not ended:
            return
        written = await self._try(_done(super().log_jobs(ended)), False)
        if written:
            self._unwritten.finished -= {job.id for job, _, _ in ended}

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Note that a job is tried again; one that another worker has taken over meanwhile is left to it."""
        record = _storable(traceback_record)
        text = None if record is None else record.model_dump_json()
        outages = (job.headers or {}).get(OUTAGES)
        headers = msgspec.json.encode({} if outages is None else {OUTAGES: outages}).decode()
        retry = self.driver.execute(_RETRY, job.id, delay, text, headers, job.queue_manager_id)
        await self._try(retry, "")

    async def update_heartbeat(self, job_ids: list[JobId]) -> None:
        """Say that jobs are still running."""
        await self._try(super().update_heartbeat(job_ids), None)

    async def queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        """Return 1 when a job waits."""
        return await self._try(super().queued_work(entrypoints), 0)

    async def eligible_queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        """Return 1 when a job is due."""
        return await self._try(super().eligible_queued_work(entrypoints), 0)

    async def next_deferred_eta(self, entrypoints: list[QueueEntrypoint]) -> timedelta | None:
        """Return the time until the next delayed job is due."""
        return await self._try(super().next_deferred_eta(entrypoints), None)

    async def notify_health_check(self, health_check_event_id: HealthCheckId) -> None:
        """Send a notification that the worker itself receives."""
        await self._try(super().notify_health_check(health_check_event_id), None)

    async def insert_schedule(self, schedules: dict[CronExpressionEntrypoint, timedelta]) -> None:
        """Write the schedules that are new; one that is overdue stays so, and runs at once."""
        if schedules:
            names = [key.entrypoint for key in schedules]
            expressions = [key.expression for key in schedules]
            await self._try(self.driver.execute(_FORGET_OLD_SCHEDULES, names, expressions), "")
            await self._try(super().insert_schedule(schedules), None)

    async def fetch_schedule(self, entrypoints: dict[CronExpressionEntrypoint, timedelta]) -> list[Schedule]:
        """Take the schedules that are due."""
        return await self._try(super().fetch_schedule(entrypoints), [])

    async def set_schedule_queued(self, ids: set[ScheduleId]) -> None:
        """Note that schedules have run."""
        await self._try(super().set_schedule_queued(ids), None)

    async def update_schedule_heartbeat(self, ids: set[ScheduleId]) -> None:
        """Say that schedules are still running."""
        await self._try(super().update_schedule_heartbeat(ids), None)

    async def delete_schedule(self, ids: set[ScheduleId], entrypoints: set[CronEntrypoint]) -> None:
        """Delete schedules."""
        await self._try(super().delete_schedule(ids, entrypoints), None)

    async def has_table(self, table: str) -> bool:  # noqa: ARG002 - pgqueuer asks
        """Return True: the service's migrations have made it, and each worker's start would ask 17 times."""
        return True

    async def table_has_column(self, table: str, column: str) -> bool:  # noqa: ARG002 - as above
        """Return True, as ``has_table``."""
        return True

    async def table_has_index(self, table: str, index: str) -> bool:  # noqa: ARG002 - as above
        """Return True, as ``has_table``."""
        return True

    async def has_user_defined_enum(self, key: str, enum: str) -> bool:  # noqa: ARG002 - as above
        """Return True, as ``has_table``."""
        return True


async def _done(statement: Awaitable[None]) -> bool:
    await statement
    return True


def _storable(record: TracebackRecord | None) -> TracebackRecord | None:
    """Return a record without the characters that jsonb refuses; with them nothing could be noted, ever."""
    if record is None:
        return None
    context = {key: _text(value) for key, value in (record.additional_context or {}).items()}
    return record.model_copy(
        update={
            "exception_message": _text(record.exception_message),
            "traceback": _text(record.traceback),
            "additional_context": context,
        }
    )


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
