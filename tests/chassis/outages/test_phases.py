"""Postgres is killed in each phase of a job: it runs again, is not held, and the log says it once."""

import asyncio
import functools
import logging
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.jobs import Jobs, Worker
from bunmart_chassis.jobs.retries import MAX_CRASHES
from bunmart_chassis.storage import outage

from tests.chassis.conftest import PACKAGE
from tests.chassis.outages.quiet import OUTAGE_LOG, nothing_left, outage_over, warnings
from tests.chassis.sample.service import LineAdded
from tests.support import ServiceHarness, StartService, until
from tests.support.crashes import CrashingServer


async def enqueue(sample: ServiceHarness, product: UUID) -> None:
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(product))


async def work_until_it_fails(sample: ServiceHarness, failures: list[BaseException]) -> None:
    """Ask the database until it is gone: a backend outlives its server by a moment, and answers once more."""
    try:
        while True:
            await sample.database.execute("SELECT 1")
    except BaseException as error:
        failures.append(error)
        raise


async def test_a_job_whose_retry_cannot_be_written_runs_again(
    server: CrashingServer, sample: ServiceHarness, hooks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, OUTAGE_LOG)
    begun, killed = asyncio.Event(), asyncio.Event()
    tries: list[int] = []
    failures: list[BaseException] = []

    async def work(_: Any) -> None:
        tries.append(1)
        begun.set()
        await killed.wait()
        if len(tries) == 1:
            await work_until_it_fails(sample, failures)

    hooks["job"] = work
    await enqueue(sample, uuid4())
    await begun.wait()
    await server.kill()
    killed.set()
    await until(lambda: not sample.service.readiness.ready)
    await until(lambda: failures)
    await server.start()
    await nothing_left(sample)
    await outage_over(caplog)

    assert len(tries) == 2
    assert warnings(caplog) == [OUTAGE_LOG]


async def test_a_job_in_many_outages_is_not_nearer_to_being_held(
    server: CrashingServer, sample: ServiceHarness, hooks: dict[str, Any]
) -> None:
    killed = asyncio.Event()
    tries: list[Any] = []
    failures: list[BaseException] = []

    async def work(_: Any) -> None:
        tries.append(await sample.database.fetchrow("SELECT attempts, headers FROM pgqueuer"))
        await killed.wait()
        if len(tries) <= MAX_CRASHES:
            await work_until_it_fails(sample, failures)

    def was_tried(times: int) -> bool:
        return len(tries) == times

    def has_failed(times: int) -> bool:
        return len(failures) == times

    hooks["job"] = work
    await enqueue(sample, uuid4())
    for outages in range(1, MAX_CRASHES + 1):
        await until(functools.partial(was_tried, outages))
        await sample.database.execute('UPDATE pgqueuer SET headers = headers || \'{"picks": "3"}\'::jsonb')
        await server.kill()
        killed.set()
        await until(lambda: not sample.service.readiness.ready)
        await until(functools.partial(has_failed, outages))
        killed.clear()
        await server.start()
    killed.set()
    await nothing_left(sample)

    assert [job["attempts"] for job in tries] == [0] * (MAX_CRASHES + 1)
    assert all("picks" not in job["headers"] for job in tries)


async def test_the_server_dies_while_a_retry_is_written(
    server: CrashingServer, sample: ServiceHarness, hooks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    async def fail_once(_: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            await blocked.execute("SELECT id FROM pgqueuer FOR UPDATE")
            raise UnavailableError("Not yet.")

    hooks["job"] = fail_once
    async with server.connection() as blocked:
        await blocked.execute("BEGIN")
        await enqueue(sample, uuid4())
        await until(lambda: waits_for_lock(server))
        await server.kill()
    await server.start()
    await nothing_left(sample)

    assert len(tries) == 2
    assert warnings(caplog) == [OUTAGE_LOG]


async def test_the_server_dies_while_a_success_is_written(
    server: CrashingServer, sample: ServiceHarness, hooks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []

    async def work(_: Any) -> None:
        await blocked.execute("SELECT id FROM pgqueuer FOR UPDATE")
        done.append(1)

    hooks["job"] = work
    async with server.connection() as blocked:
        await blocked.execute("BEGIN")
        await enqueue(sample, uuid4())
        await until(lambda: waits_for_lock(server))
        await server.kill()
    await server.start()
    await nothing_left(sample)

    assert len(done) == 1
    assert warnings(caplog) == [OUTAGE_LOG]


async def test_a_schedule_that_an_outage_ended_runs_again(
    server: CrashingServer, caplog: pytest.LogCaptureFixture
) -> None:
    begun, killed, ran = asyncio.Event(), asyncio.Event(), asyncio.Event()
    jobs = Jobs()

    async def run() -> None:
        begun.set()
        await killed.wait()
        async with server.connection() as connection:
            await connection.execute("SELECT 1")
        ran.set()

    jobs.every("0 0 1 1 *", "yearly", run)
    async with server.connection() as connection:
        await connection.execute(
            "INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run) "
            "VALUES ('0 0 1 1 *', 'yearly', now())"
        )
    worker = Worker(server.url, jobs, name="test", outage=outage.Outage())
    running = asyncio.create_task(worker.run())
    await begun.wait()
    await server.kill()
    killed.set()
    await until(lambda: warnings(caplog))
    await server.start()
    async with asyncio.timeout(10):
        await ran.wait()
    worker.stop()
    await running

    assert warnings(caplog) == [OUTAGE_LOG]


async def waits_for_lock(server: CrashingServer) -> bool:
    async with server.connection() as connection:
        return bool(
            await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        )


async def test_jobs_run_after_a_start_without_a_database(
    server: CrashingServer,
    start_service: StartService,
    hooks: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, OUTAGE_LOG)
    ran = []

    async def record(job: LineAdded) -> None:
        ran.append(job.product_id)

    hooks["job"] = record
    product = uuid4()
    first = await start_service(PACKAGE, database_url=server.url)
    async with first.database.transaction() as unit:
        unit.enqueue(LineAdded(product), delay_seconds=0.5)
    await first.stop()
    await server.kill()
    caplog.clear()

    second = await start_service(PACKAGE, database_url=server.url, wait=False)
    await until(lambda: OUTAGE_LOG in warnings(caplog))
    await server.start()
    await nothing_left(second)
    await outage_over(caplog)

    assert ran == [product]
    assert warnings(caplog) == [OUTAGE_LOG]
