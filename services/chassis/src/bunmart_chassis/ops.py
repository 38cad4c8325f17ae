"""What operations needs of every service over REST: health, metrics, and the jobs that are held."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.params import FromPath, QueryParameter
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries
from pgqueuer.types import JobId
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bunmart_chassis.auth import Role, requires
from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.jobs import measure_outbox

if TYPE_CHECKING:
    from bunmart_chassis.db import Database
from bunmart_chassis.readiness import Readiness

_HELD = (
    "SELECT q.id, q.entrypoint, q.attempts, q.created, "
    "(SELECT l.traceback->>'exception_message' FROM pgqueuer_log l "
    "WHERE l.job_id = q.id AND l.traceback IS NOT NULL ORDER BY l.created DESC LIMIT 1) AS error "
    "FROM pgqueuer q WHERE q.status = 'failed' ORDER BY q.id DESC LIMIT $1"
)
_FORGET_PICKS = (
    "UPDATE pgqueuer SET headers = headers - 'picks' WHERE id = $1 AND status = 'failed' RETURNING id"
)


class HeldJob(msgspec.Struct, kw_only=True):
    """A job that failed for good and waits for an admin.

    Attributes:
        id: Its number in this service.
        name: Which job.
        attempts: How often it was retried.
        created_at: When it was written, ISO 8601, UTC.
        error: The last failure.
    """

    id: int
    name: str
    attempts: int
    created_at: str
    error: str | None


class Redriven(msgspec.Struct):
    """How many jobs were put back into the queue."""

    redriven: int


def health_controller(readiness: Readiness) -> type[Controller]:
    """Liveness, readiness and metrics; never routed by the ingress."""

    class HealthController(Controller):
        path = ""
        include_in_schema = False

        @get("/health/live", sync_to_thread=False, operation_id="live")
        def live(self) -> dict[str, str]:
            """The process runs."""
            return {"status": "live"}

        @get("/health/ready", sync_to_thread=False, operation_id="ready")
        def ready(self) -> Response[dict[str, str]]:
            """200 while the database is migrated and reachable and no drain has begun, else 503."""
            if readiness.ready:
                return Response({"status": "ready"})
            return Response({"status": "not ready", "reason": readiness.reason}, status_code=503)

        @get("/metrics", media_type=MediaType.TEXT, operation_id="metrics")
        async def metrics(self) -> Response[bytes]:
            """Prometheus text format."""
            if readiness.ready and readiness.database is not None:
                await measure_outbox(readiness.database.pool)
            return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return HealthController


def jobs_controller(service: str, database: "Database") -> type[Controller]:
    """Held jobs: see them, put them back."""

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
            if not await database.fetch(_FORGET_PICKS, job_id):
                raise NotFoundError(f"No held job {job_id}.")
            await Queries(AsyncpgPoolDriver(database.pool)).requeue_jobs([JobId(job_id)])
            return Redriven(redriven=1)

    return HeldJobController
