"""Results of jobs that could not be written because the database was gone; written when it is back."""

from uuid import UUID

import asyncpg
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

_FINISH = QueryQueueBuilder().build_log_job_query()
_RELEASE = (
    "UPDATE pgqueuer SET status = 'queued', execute_after = now(), updated = now(), queue_manager_id = NULL, "
    "headers = headers - 'picks' WHERE status = 'picked' AND"
)
_RELEASE_OF_WORKERS = f"{_RELEASE} queue_manager_id = ANY($1::uuid[])"
RELEASE_JOBS = f"{_RELEASE} id = ANY($1::bigint[])"
"""Puts jobs that were interrupted back into the queue; another worker may run them at once."""
_RUN_AGAIN = "UPDATE pgqueuer_schedules SET status = 'queued', next_run = now() WHERE id = ANY($1::bigint[])"


class Unwritten:
    """Results that the workers of this process know and the database does not.

    Attributes:
        finished: The jobs that succeeded.
        workers: pgqueuer's managers that have ended. A job that is still theirs has not run to its end: its
            failure could not be noted, or the answer that gave it to the worker was lost.
        schedules: The schedules whose run failed because the database was gone.
    """

    def __init__(self) -> None:
        self.finished: set[int] = set()
        self.workers: set[UUID] = set()
        self.schedules: set[int] = set()

    async def write(self, pool: asyncpg.Pool) -> None:
        """Write all of it, once the database is back; each statement may be repeated.

        A job that did not run to its end is due at once. That counts neither as an attempt nor as a crash, so
        that an outage brings no job nearer to being held.
        """
        if self.finished:
            ids = sorted(self.finished)
            await pool.execute(_FINISH, ids, ["successful"] * len(ids), [None] * len(ids))
            self.finished.clear()
        if self.workers:
            await pool.execute(_RELEASE_OF_WORKERS, list(self.workers))
            self.workers.clear()
        if self.schedules:
            await pool.execute(_RUN_AGAIN, list(self.schedules))
            self.schedules.clear()
