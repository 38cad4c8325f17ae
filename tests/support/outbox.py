"""Waiting for the outbox of a running service."""

import asyncio
import time
from typing import Any

import asyncpg

_WAITING = (
    "SELECT count(*) FILTER (WHERE execute_after <= now()) AS due, "
    "count(*) FILTER (WHERE attempts > 0) AS retried FROM pgqueuer WHERE status IN ('queued', 'picked')"
)
FAILURES = (
    "SELECT q.entrypoint, (SELECT l.traceback->>'traceback' FROM pgqueuer_log l "
    "WHERE l.job_id = q.id AND l.traceback IS NOT NULL ORDER BY l.id DESC LIMIT 1) AS error "
    "FROM pgqueuer q WHERE (q.status = 'failed' AND $1) OR (q.status = 'queued' AND q.attempts > 0 AND NOT $1)"
)
_RETRY_NOW = "UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued' AND attempts > 0 AND execute_after > now()"
_DELAYED_NOW = "UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued' AND ($1::text IS NULL OR entrypoint = $1)"
WAKE = (
    "SELECT pg_notify('ch_pgqueuer', json_build_object('channel', 'ch_pgqueuer', 'operation', 'insert', "
    "'sent_at', now(), 'table', 'pgqueuer', 'type', 'table_changed_event')::text)"
)


class HeldJobError(AssertionError):
    """A job failed for good; the text holds its traceback."""


class OutboxBusyError(AssertionError):
    """The outbox did not come to rest in time; the text holds the last error of jobs that are retried."""


async def settle(executor: Any, *, retries: bool, timeout: float) -> None:  # noqa: ASYNC109
    """Wait until no job is due; see ``ServiceHarness.settle``."""
    deadline = time.monotonic() + timeout
    while True:
        # In this order: a job that fails between the two is seen by the second.
        waiting = await executor.fetchrow(_WAITING)
        if held := await executor.fetch(FAILURES, True):
            raise HeldJobError(failures_text(held))
        if not waiting["due"] and not (retries and waiting["retried"]):
            return
        if time.monotonic() > deadline:
            failing = await executor.fetch(FAILURES, False)
            raise OutboxBusyError(failures_text(failing) or f"{waiting['due']} jobs are still due")
        if retries and waiting["retried"] and (await executor.execute(_RETRY_NOW)) != "UPDATE 0":
            await executor.execute(WAKE)
        await asyncio.sleep(0.01)


async def make_due(executor: Any, job: str | None) -> None:
    """Make delayed jobs due now; see ``ServiceHarness.run_delayed``."""
    await executor.execute(_DELAYED_NOW, job)
    await executor.execute(WAKE)


def failures_text(failures: list[asyncpg.Record]) -> str:
    """Write the names of failed jobs with their tracebacks."""
    return "\n".join(f"{row['entrypoint']}: {row['error']}" for row in failures)
