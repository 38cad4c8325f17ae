"""The outbox: jobs that are written in the transaction of the state change which causes them (pgqueuer)."""

from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg
import msgspec
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

from bunmart_chassis.ids import new_id
from bunmart_chassis.telemetry import trace_headers

_ENQUEUE = QueryQueueBuilder().build_enqueue_query("skip")


class JobPayload(msgspec.Struct, frozen=True):
    """The parameters of a job. The subclass's name is the entry point: renaming it strands waiting jobs."""


class PendingJob(NamedTuple):
    """A job on its way into the outbox."""

    entrypoint: str
    payload: bytes
    delay: timedelta
    dedupe_key: str | None
    headers: dict[str, str]


def pending_job(job: JobPayload, dedupe_key: str | None, delay_seconds: float) -> PendingJob:
    """Give a job its idempotency key and the trace that it continues."""
    name = type(job).__name__
    return PendingJob(
        entrypoint=name,
        payload=msgspec.json.encode(job),
        delay=timedelta(seconds=delay_seconds),
        dedupe_key=None if dedupe_key is None else f"{name}:{dedupe_key}",
        headers={**trace_headers(), "idempotency-key": str(new_id())},
    )


async def enqueue_all(connection: asyncpg.Connection, jobs: list[Any]) -> None:
    """Insert jobs on an open transaction, in one statement; duplicates by dedupe key are skipped."""
    # Not through pgqueuer's Queries: they encode the headers, and the connection's codec would encode them
    # again.
    await connection.fetch(
        _ENQUEUE,
        [0] * len(jobs),
        [job.entrypoint for job in jobs],
        [job.payload for job in jobs],
        [job.delay for job in jobs],
        [job.dedupe_key for job in jobs],
        [job.headers for job in jobs],
    )
