"""A failed job is tried again, held, or put back; the reason decides."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from bunmart_chassis.errors import PEER_FAILED, InvalidArgumentError, UnavailableError
from bunmart_chassis.jobs import Jobs, Worker
from bunmart_chassis.storage import Outage

from tests.chassis.conftest import PACKAGE
from tests.chassis.sample.service import LineAdded
from tests.support import Databases, HeldJobError, ServiceHarness, StartService, until

_TRIED_OFTEN = (
    "UPDATE pgqueuer SET execute_after = now(), attempts = $1, "
    "headers = headers || jsonb_build_object('outages', $2::text)"
)


async def enqueue(sample: ServiceHarness, delay_seconds: float = 0) -> None:
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(uuid4()), delay_seconds=delay_seconds)


async def the_job(sample: ServiceHarness) -> Any:
    [job] = await sample.database.fetch("SELECT * FROM pgqueuer")
    return job


async def fail(sample: ServiceHarness, hooks: dict[str, Any], error: Exception, attempts: int) -> Any:
    """Run a job that was tried so often, half of it during outages, and return what became of it."""

    async def work(_: Any) -> None:
        raise error

    hooks["job"] = work
    await enqueue(sample, delay_seconds=3600)
    await sample.database.execute(_TRIED_OFTEN, attempts, str(attempts // 2))
    await until(lambda: was_tried(sample, attempts))
    return await the_job(sample)


async def was_tried(sample: ServiceHarness, attempts: int) -> bool:
    job = await the_job(sample)
    return bool(job["status"] == "failed" or job["attempts"] > attempts)


@pytest.mark.parametrize(
    "error", [UnavailableError("order does not answer."), ConnectionRefusedError("no database")]
)
async def test_a_job_is_tried_until_what_is_absent_is_back(
    sample: ServiceHarness, hooks: dict[str, Any], error: Exception
) -> None:
    job = await fail(sample, hooks, error, attempts=1000)

    assert (job["status"], job["attempts"], job["headers"]["outages"]) == ("queued", 1001, "501")


@pytest.mark.parametrize("error", [RuntimeError("a defect"), UnavailableError("a defect", code=PEER_FAILED)])
@pytest.mark.parametrize(("attempts", "status"), [(26, "queued"), (28, "failed")])
async def test_a_defect_is_held_after_its_own_attempts(
    sample: ServiceHarness, hooks: dict[str, Any], error: Exception, attempts: int, status: str
) -> None:
    job = await fail(sample, hooks, error, attempts)

    assert (job["status"], job["headers"]["outages"]) == (status, str(attempts // 2))


async def test_an_error_text_that_the_database_refuses_is_noted_all_the_same(
    sample: ServiceHarness, hooks: dict[str, Any]
) -> None:
    tries = []

    async def work(_: Any) -> None:
        tries.append(1)
        raise (RuntimeError if len(tries) == 1 else InvalidArgumentError)("\x00 and more")

    hooks["job"] = work
    await enqueue(sample)
    with pytest.raises(HeldJobError, match="InvalidArgumentError: \ufffd and"):
        await sample.settle()

    assert len(tries) == 2


async def test_a_job_that_outlasts_its_service_goes_back_into_the_queue(
    start_service: StartService, hooks: dict[str, Any]
) -> None:
    ran, never = [], asyncio.Event()

    async def hang(_: Any) -> None:
        ran.append("first")
        await never.wait()

    async def work(_: Any) -> None:
        ran.append("second")

    hooks["job"] = hang
    first = await start_service(PACKAGE, grace_seconds=0)
    await enqueue(first)
    await until(lambda: ran)
    await first.stop()
    hooks["job"] = work
    second = await start_service(PACKAGE, database_url=first.url)
    await second.settle()

    assert ran == ["first", "second"]


async def test_an_overdue_schedule_runs_when_the_worker_starts(
    databases: Databases, start_service: StartService
) -> None:
    ran = asyncio.Event()
    sample = await start_service(PACKAGE)
    await sample.database.execute(
        "INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run) VALUES "
        "('0 0 1 1 *', 'yearly', now() - interval '1 hour'), ('0 0 2 2 *', 'yearly', now())"
    )
    jobs = Jobs()

    async def run() -> None:
        ran.set()

    jobs.every("0 0 1 1 *", "yearly", run)
    worker = Worker(sample.url, jobs, name="test", outage=Outage())
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        await ran.wait()
    worker.stop()
    await running

    kept = await sample.database.fetch(
        "SELECT expression FROM pgqueuer_schedules WHERE entrypoint = 'yearly'"
    )
    assert [row["expression"] for row in kept] == ["0 0 1 1 *"]
