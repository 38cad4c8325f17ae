"""Held jobs over REST: an admin sees the jobs that failed for good, and puts them back into the queue."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Controller, get, post
from litestar.params import FromPath
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

from bunmart_chassis.errors import FailedPreconditionError, require_found
from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page, PagedQuery, PageRequest
from bunmart_chassis.storage import Database, Query, UnitOfWork, refused, taken


class HeldJob(msgspec.Struct):
    """A job that failed for good and waits for an admin.

    Attributes:
        id: Its number in this service.
        name: The class of the job's payload.
        attempts: The number of its retries.
        created_at: When it was written.
        error: The last failure.
    """

    id: int
    name: str
    attempts: int
    created_at: datetime
    error: str | None


class Redriven(msgspec.Struct):
    """The number of jobs that were put back into the queue."""

    redriven: int


def _columns(**kinds: Any) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name, kind) for name, kind in kinds.items()]


_TIME = sa.DateTime(timezone=True)
_QUEUE = sa.table(
    "pgqueuer",
    *_columns(id=sa.BigInteger, entrypoint=sa.Text, attempts=sa.Integer, created=_TIME, status=sa.Text),
)
_LOG = sa.table(
    "pgqueuer_log", *_columns(job_id=sa.BigInteger, created=_TIME, status=sa.Text, traceback=sa.JSON)
)
_IS_HELD = _QUEUE.c.status == sa.literal_column("'failed'")
_ERROR = (
    sa.select(_LOG.c.traceback.op("->>")(sa.literal_column("'exception_message'")))
    .where(_LOG.c.job_id == _QUEUE.c.id, _LOG.c.traceback.is_not(None))
    .order_by(_LOG.c.created.desc())
    .limit(sa.literal_column("1"))
    .scalar_subquery()
)
_HELD = PagedQuery(
    sa.select(
        _QUEUE.c.id,
        _QUEUE.c.entrypoint.label("name"),
        _QUEUE.c.attempts,
        _QUEUE.c.created.label("created_at"),
        _ERROR.label("error"),
    ).where(_IS_HELD),
    HeldJob,
    order=[_QUEUE.c.id],
)
_THIS_JOB = sa.bindparam("job_id", type_=sa.BigInteger)
_IN_QUEUE = sa.select(sa.cast(_QUEUE.c.status, sa.Text)).where(_QUEUE.c.id == _THIS_JOB)
_IN_LOG = (
    sa.select(sa.cast(_LOG.c.status, sa.Text))
    .where(_LOG.c.job_id == _THIS_JOB)
    .order_by(_LOG.c.created.desc())
    .limit(sa.literal_column("1"))
)
_STATUS = Query(
    sa.select(sa.func.coalesce(_IN_QUEUE.scalar_subquery(), _IN_LOG.scalar_subquery()).label("status")), str
)
"""pgqueuer takes a job that is done out of the queue; then only the log tells its status."""
_FORGET_TRIES = (
    "UPDATE pgqueuer SET headers = headers - '{picks,outages}'::text[] "
    "WHERE id = $1 AND status = 'failed' RETURNING id"
)
_REQUEUE = QueryQueueBuilder().build_requeue_jobs_query()
_QUEUED_ALREADY = taken(
    "pgqueuer_unique_dedupe_key",
    code="JOB_QUEUED_ALREADY",
    message="Another job for the same thing waits or runs already.",
)


async def redrive_job(unit: UnitOfWork, job_id: int) -> None:
    """Put a held job back into the queue with its attempts forgotten; a worker runs it after the commit.

    Raises:
        NotFoundError: There is no such job (HELD_JOB_NOT_FOUND).
        FailedPreconditionError: It is not held, for example because it was put back before (JOB_NOT_HELD).
        AlreadyExistsError: Another job with its dedupe key waits or runs (JOB_QUEUED_ALREADY).
    """
    if not await unit.fetch(_FORGET_TRIES, job_id):
        status = require_found(await _STATUS.first(unit, job_id=job_id), "held job", job_id)
        raise FailedPreconditionError(
            f"Job {job_id} is not held; its status is {status}.",
            code="JOB_NOT_HELD",
            metadata={"status": status},
        )
    with refused(_QUEUED_ALREADY):
        await unit.execute(_REQUEUE, [job_id])


def held_jobs_controller(service: str, database: Database) -> type[Controller]:
    """Make the controller that lists and redrives the held jobs of a service."""

    class HeldJobController(Controller):
        path = f"/api/ops/{service}/held-jobs"
        tags = ("operations",)
        guards = (requires(Role.ADMIN),)

        @get("/", operation_id="ListHeldJobs")
        async def held(self, page: PageRequest) -> Page[HeldJob]:
            """List the jobs that failed for good, newest first."""
            return await _HELD.page(database, page)

        @post("/{job_id:int}/redrive", status_code=200, operation_id="RedriveHeldJob")
        async def redrive(self, job_id: FromPath[int], unit: UnitOfWork) -> Redriven:
            """Put a held job back into the queue with its attempts forgotten.

            409 says that the job is not held (JOB_NOT_HELD, with its status) or that another job for the same
            thing waits already (JOB_QUEUED_ALREADY); 404 that there is no such job.
            """
            await redrive_job(unit, job_id)
            return Redriven(redriven=1)

    return HeldJobController
