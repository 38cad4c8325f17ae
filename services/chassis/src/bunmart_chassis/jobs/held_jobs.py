"""Held jobs over REST: an admin sees the jobs that failed for good, and puts them back into the queue."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries
from pgqueuer.types import JobId

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.identity import Role, requires
from bunmart_chassis.storage.database import Database

_HELD = (
    "SELECT q.id, q.entrypoint, q.attempts, q.created, "
    "(SELECT l.traceback->>'exception_message' FROM pgqueuer_log l "
    "WHERE l.job_id = q.id AND l.traceback IS NOT NULL ORDER BY l.created DESC LIMIT 1) AS error "
    "FROM pgqueuer q WHERE q.status = 'failed' ORDER BY q.id DESC LIMIT $1"
)
_FORGET_TRIES = (
    "UPDATE pgqueuer SET headers = headers - '{picks,outages}'::text[] "
    "WHERE id = $1 AND status = 'failed' RETURNING id"
)


class HeldJob(msgspec.Struct, kw_only=True):
    """A job that failed for good and waits for an admin.

    Attributes:
        id: Its number in this service.
        name: The class of the job's payload.
        attempts: The number of its retries.
        created_at: When it was written, ISO 8601, UTC.
        error: The last failure.
    """

    id: int
    name: str
    attempts: int
    created_at: str
    error: str | None


class Redriven(msgspec.Struct):
    """The number of jobs that were put back into the queue."""

    redriven: int


def held_jobs_controller(service: str, database: Database) -> type[Controller]:
    """Make the controller that lists and redrives the held jobs of a service."""

    class HeldJobController(Controller):
        path = f"/api/ops/{service}/held-jobs"
        tags = ("operations",)
        guards = (requires(Role.ADMIN),)

        @get("/", operation_id="ListHeldJobs")
        async def held(
            self, limit: Annotated[int, QueryParameter(ge=1, le=500, description="At most so many")] = 100
        ) -> list[HeldJob]:
            """List the jobs that failed for good, newest first."""
            rows: list[Any] = await database.fetch(_HELD, limit)
            return [
                HeldJob(
                    id=row["id"],
                    name=row["entrypoint"],
                    attempts=row["attempts"],
                    created_at=row["created"].isoformat(),
                    error=row["error"],
                )
                for row in rows
            ]

        @post("/{job_id:int}/redrive", status_code=200, operation_id="RedriveHeldJob")
        async def redrive(self, job_id: FromPath[int]) -> Redriven:
            """Put a held job back into the queue with its attempts forgotten (404 when none is held)."""
            if not await database.fetch(_FORGET_TRIES, job_id):
                raise NotFoundError(f"No held job {job_id}.")
            await Queries(AsyncpgPoolDriver(database.pool)).requeue_jobs([JobId(job_id)])
            return Redriven(redriven=1)

    return HeldJobController
