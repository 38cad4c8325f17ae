"""Jobs run after the commit, at least once, and none is lost or tried for ever."""

import asyncio
import functools
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.context import current
from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.storage import UnitOfWork
from bunmart_dev.postgres import temporary

from tests.chassis.conftest import PACKAGE
from tests.chassis.sample.service import LineAdded
from tests.support import (
    Databases,
    HeldJobError,
    OutboxBusyError,
    ServiceHarness,
    StartService,
    until,
)

HELD = "/api/ops/sample/held-jobs"
_STALE = (
    "UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(), "
    "execute_after = now() - interval '1 minute', heartbeat = now() - interval '1 minute', "
    "headers = headers || jsonb_build_object('picks', $1::text)"
)


@pytest.fixture
def ran(hooks: dict[str, Any]) -> list[UUID]:
    """The products of the jobs that ran."""
    products: list[UUID] = []

    async def record(job: LineAdded) -> None:
        products.append(job.product_id)

    hooks["job"] = record
    return products


async def enqueue(sample: ServiceHarness, product: UUID, **options: Any) -> None:
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(product), **options)


async def jobs(sample: ServiceHarness) -> list[Any]:
    return await sample.database.fetch("SELECT * FROM pgqueuer")


async def retried(sample: ServiceHarness, attempts: int) -> bool:
    [job] = await jobs(sample)
    return bool(job["attempts"] == attempts and job["status"] == "queued")


async def test_a_job_runs_once_after_the_commit(
    sample: ServiceHarness, hooks: dict[str, Any], ran: list[UUID]
) -> None:
    product = uuid4()

    async def wait_for_worker(unit: UnitOfWork) -> None:
        await unit.flush()
        await asyncio.sleep(0.2)
        assert ran == []

    hooks["inside"] = wait_for_worker
    added = await sample.http.post("/api/lines", json={"product_id": str(product), "quantity": 1})
    assert added.status_code == 201
    await sample.settle()

    assert ran == [product]
    assert await jobs(sample) == []


async def test_a_job_has_a_call_with_its_own_key_and_deadline(
    sample: ServiceHarness, hooks: dict[str, Any]
) -> None:
    calls: list[Any] = []

    async def look(_: Any) -> None:
        calls.append(current())

    hooks["job"] = look
    await enqueue(sample, uuid4())
    await enqueue(sample, uuid4())
    await sample.settle()

    assert {call.method for call in calls} == {"job:LineAdded"}
    assert len({UUID(call.idempotency_key) for call in calls}) == 2
    assert all(25 < call.remaining() <= 30 for call in calls)


async def test_a_job_that_fails_is_tried_again_under_the_same_key(
    sample: ServiceHarness, hooks: dict[str, Any]
) -> None:
    keys: list[Any] = []

    async def fail_twice(_: Any) -> None:
        call = current()
        keys.append(call and call.idempotency_key)
        if len(keys) < 3:
            raise UnavailableError("Not yet.")

    hooks["job"] = fail_twice
    await enqueue(sample, uuid4())
    await sample.settle()

    assert (len(keys), len(set(keys))) == (3, 1)


async def test_the_backoff_between_tries_grows(sample: ServiceHarness, hooks: dict[str, Any]) -> None:
    async def fail(_: Any) -> None:
        raise UnavailableError("Not yet.")

    hooks["job"] = fail
    await enqueue(sample, uuid4())
    delays = []
    for attempt in range(1, 4):
        await until(functools.partial(retried, sample, attempt))
        [job] = await jobs(sample)
        delays.append((job["execute_after"] - job["updated"]).total_seconds())
        await sample.database.execute("UPDATE pgqueuer SET execute_after = now()")

    assert delays == [0.5, 1, 2]
    with pytest.raises(OutboxBusyError, match=r"Not yet\."):
        await sample.settle(timeout=0.2)


async def test_a_job_is_not_written_twice_under_a_dedupe_key(sample: ServiceHarness, ran: list[UUID]) -> None:
    first, second = uuid4(), uuid4()
    for product in (first, second):
        await enqueue(sample, product, dedupe_key="same", delay_seconds=60)
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(second), dedupe_key="other")
        unit.enqueue(LineAdded(second), dedupe_key="other")
    await sample.run_delayed("LineAdded")

    assert sorted(ran) == sorted([first, second])
    await enqueue(sample, second, dedupe_key="same")
    await sample.settle()
    assert len(ran) == 3


async def test_a_delayed_job_waits(sample: ServiceHarness, ran: list[UUID]) -> None:
    began = time.monotonic()
    await enqueue(sample, uuid4(), delay_seconds=0.6)
    await enqueue(sample, uuid4(), delay_seconds=3600)
    await sample.settle()
    assert ran == []

    await until(lambda: ran)

    assert time.monotonic() - began >= 0.6
    assert len(ran) == 1


async def test_jobs_outlive_a_restart_of_the_database(start_service: StartService, ran: list[UUID]) -> None:
    products = [uuid4() for _ in range(5)]
    with temporary() as server:
        databases = Databases(server)
        sample = await start_service(PACKAGE, database_url=databases.url(await databases.create(PACKAGE)))
        await databases.close()
        for product in products[:4]:
            await enqueue(sample, product, delay_seconds=0.5)

        await server.stop_async()
        await server.start_async()

        await enqueue(sample, products[4])
        await until(lambda: len(ran) == 5, timeout=20)
        await sample.settle()
        await sample.stop()
    assert sorted(ran) == sorted(products)


async def test_jobs_outlive_their_service(start_service: StartService, ran: list[UUID]) -> None:
    product = uuid4()
    first = await start_service(PACKAGE)
    await enqueue(first, product, delay_seconds=0.3)
    await first.stop()

    second = await start_service(PACKAGE, database_url=first.url)
    await second.run_delayed()

    assert ran == [product]


async def test_a_job_in_flight_ends_before_the_service(
    start_service: StartService, hooks: dict[str, Any]
) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work(_: Any) -> None:
        began.set()
        await asyncio.sleep(0.4)
        ended.set()

    hooks["job"] = work
    sample = await start_service(PACKAGE)
    await enqueue(sample, uuid4())
    await began.wait()
    await sample.stop()

    assert ended.is_set()


async def test_a_job_whose_worker_died_runs_again(sample: ServiceHarness, ran: list[UUID]) -> None:
    product = uuid4()
    await enqueue(sample, product, delay_seconds=3600)
    await sample.database.execute(_STALE, "0")
    await until(lambda: ran)

    assert ran == [product]


async def test_a_job_that_kills_its_worker_is_held_and_gets_another_chance_when_redriven(
    sample: ServiceHarness, ran: list[UUID], auth: Callable[..., dict[str, str]]
) -> None:
    await enqueue(sample, uuid4(), delay_seconds=3600)
    await sample.database.execute(_STALE, "3")
    with pytest.raises(HeldJobError, match="never came back"):
        await sample.settle()
    assert ran == []

    [held] = (await sample.http.get(HELD, headers=auth("admin"))).json()["items"]
    assert held["error"] == "LineAdded was picked 4 times and never came back"
    await sample.http.post(f"{HELD}/{held['id']}/redrive", headers=auth("admin"))
    await sample.run_delayed()
    assert len(ran) == 1


async def test_two_replicas_share_the_work(start_service: StartService, ran: list[UUID]) -> None:
    first = await start_service(PACKAGE)
    await start_service(PACKAGE, database_url=first.url)
    products = [uuid4() for _ in range(60)]
    await asyncio.gather(*(enqueue(first, product) for product in products))
    await first.settle()

    assert sorted(ran) == sorted(products)
