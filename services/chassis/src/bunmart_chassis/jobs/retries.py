"""Retries of a job that failed, and the failures after which it is held instead."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Context, Job

from bunmart_chassis.errors import InvalidArgumentError, PermissionDeniedError, is_outage

HEARTBEAT_TIMEOUT = timedelta(seconds=10)
"""A job whose worker has sent no heartbeat for this long is run by another worker."""
MAX_ATTEMPTS = 14
"""With the backoff below, about 35 minutes of retries; then the job is held for an admin."""
MAX_DELAY = timedelta(minutes=5)
"""The longest time between two tries."""
MAX_CRASHES = 3
"""A job that workers picked this many times more than it was retried kills its process, so it is held."""
OUTAGES = "outages"
"""The header that counts the attempts which failed because a database or a peer was absent."""


class JobKillsProcessError(Exception):
    """A job's worker ended each time it ran the job; the job is held instead of being tried for ever."""


_PERMANENT = (InvalidArgumentError, PermissionDeniedError, JobKillsProcessError)
_PICKED = "UPDATE pgqueuer SET headers = headers || jsonb_build_object('picks', $2::text) WHERE id = $1"


class Executor(DatabaseRetryEntrypointExecutor):
    """Retries a job with exponential backoff, and holds it at once when a retry cannot help.

    A job that fails because a database or a peer is absent is tried until it is back, however long that
    takes: such attempts are counted apart.
    """

    async def execute(self, job: Job, context: Context) -> None:
        """Run the job; raise RetryRequested to try later, anything else to hold it."""
        try:
            await super().execute(job, context)
        except RetryRequested as retry:
            if isinstance(retry.__cause__, _PERMANENT):
                raise retry.__cause__ from None
            if retry.__cause__ is not None and is_outage(retry.__cause__):
                _count_outage(job)
            raise
        except _PERMANENT:
            raise
        except Exception as error:
            if is_outage(error):
                _count_outage(job)
            elif job.attempts - _outages(job) >= MAX_ATTEMPTS:
                raise
            raise RetryRequested(delay=MAX_DELAY, reason=str(error)) from error


retrying_executor = functools.partial(
    Executor,
    max_attempts=MAX_ATTEMPTS,
    initial_delay=timedelta(milliseconds=500),
    max_delay=MAX_DELAY,
)
"""Makes the executor of a handler; pgqueuer calls it."""


def _outages(job: Job) -> int:
    return int(str((job.headers or {}).get(OUTAGES, 0)))


def _count_outage(job: Job) -> None:
    # The repository writes it together with the retry.
    job.headers = {**(job.headers or {}), OUTAGES: str(_outages(job) + 1)}


async def guard_against_crashes(pool: asyncpg.Pool, job: Job, headers: Mapping[str, str]) -> None:
    """Count the picks of a job that is picked late: pgqueuer counts retries, not workers that ended.

    A job that is picked within the heartbeat timeout after it was due cannot have had a worker that ended, so
    the usual job costs no statement more (https://github.com/janbjorge/pgqueuer/issues/642).
    """
    if datetime.now(UTC) - job.execute_after < HEARTBEAT_TIMEOUT:
        return
    picks = int(headers.get("picks", "0")) + 1
    if picks > job.attempts + MAX_CRASHES:
        raise JobKillsProcessError(f"{job.entrypoint} was picked {picks} times and never came back")
    await pool.execute(_PICKED, job.id, str(picks))
