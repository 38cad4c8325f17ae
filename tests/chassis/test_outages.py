"""Postgres is killed while jobs run: every job runs, none is held, and the log says it once."""

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.cart.v1.cart_pb2 import AddCartItemRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.jobs import Jobs, Worker
from bunmart_chassis.storage import outage

from tests.chassis.conftest import PACKAGE
from tests.chassis.sample.service import LineAdded
from tests.support import ServiceHarness, StartService, problem, until
from tests.support.crashes import CrashingServer, crashing_server

OUTAGE_LOG = outage.__name__
ROUNDS = int(os.environ.get("OUTAGE_ROUNDS", "6"))
"""`make outages rounds=200` runs more."""


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[CrashingServer]:
    """A server that the tests of this file kill."""
    async with crashing_server(PACKAGE) as server:
        yield server


@pytest.fixture(autouse=True)
async def empty(server: CrashingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what another test left, and wait less long for the end of an outage."""
    monkeypatch.setattr(outage, "QUIET_SECONDS", 0.5)
    async with server.connection() as connection:
        await connection.execute(
            "TRUNCATE lines, idempotency_keys, pgqueuer, pgqueuer_log, pgqueuer_schedules"
        )


@pytest.fixture
async def sample(server: CrashingServer, start_service: StartService) -> ServiceHarness:
    """The sample on that server."""
    return await start_service(PACKAGE, database_url=server.url)


async def enqueue(sample: ServiceHarness, product: UUID) -> None:
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(product))


async def all_done(sample: ServiceHarness) -> bool:
    return not await sample.database.fetch("SELECT id FROM pgqueuer")


async def nothing_left(sample: ServiceHarness) -> None:
    """Wait until every job has run to its end."""
    await until(sample_ready(sample), timeout=20)
    await until(lambda: all_done(sample), timeout=30)


def sample_ready(sample: ServiceHarness) -> Any:
    return lambda: sample.service.readiness.ready


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.name for record in caplog.records if record.levelno >= logging.WARNING]


async def outage_over(caplog: pytest.LogCaptureFixture) -> None:
    """Wait until the log says that the outage is over."""
    await until(lambda: "the database answers again" in (caplog.messages or [""])[-1], timeout=10)


async def test_a_job_whose_retry_cannot_be_written_runs_again(
    server: CrashingServer, sample: ServiceHarness, hooks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, OUTAGE_LOG)
    begun, killed = asyncio.Event(), asyncio.Event()
    tries: list[int] = []

    async def work(_: Any) -> None:
        tries.append(1)
        begun.set()
        await killed.wait()
        await sample.database.execute("SELECT 1")

    hooks["job"] = work
    await enqueue(sample, uuid4())
    await begun.wait()
    await server.kill()
    killed.set()
    await until(lambda: not sample.service.readiness.ready)
    await server.start()
    await nothing_left(sample)
    await outage_over(caplog)

    assert len(tries) == 2
    assert warnings(caplog) == [OUTAGE_LOG]


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


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_whenever_it_dies_every_job_runs_and_callers_hear_unavailable(
    server: CrashingServer,
    sample: ServiceHarness,
    hooks: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    seed: int,
) -> None:
    chance = random.Random(seed)
    ran: Counter[UUID] = Counter()

    async def work(job: LineAdded) -> None:
        await asyncio.sleep(chance.random() / 20)
        await sample.database.execute("SELECT 1")
        async with sample.database.transaction() as unit:
            await unit.execute("UPDATE lines SET note = 'ran' WHERE product_id = $1", job.product_id)
            await asyncio.sleep(chance.random() / 50)
            await unit.execute("SELECT 1")
        if chance.random() < 0.2:
            raise UnavailableError("Not yet.")
        ran[job.product_id] += 1

    hooks["job"] = work
    shopping = Shopping(sample)
    await shopping.begin()
    await asyncio.sleep(0.2 + chance.random() / 2)
    await crash(server, chance)
    await until(lambda: sample.service.readiness.ready and OUTAGE_LOG in warnings(caplog), timeout=30)
    added = await shopping.end()
    await sample.settle(timeout=30)

    assert set(shopping.refusals) <= {503, grpc.StatusCode.UNAVAILABLE}
    assert added <= set(ran)
    assert warnings(caplog) == [OUTAGE_LOG]


async def crash(server: CrashingServer, chance: random.Random) -> None:
    """Kill the server, or one of its connections, and let it come back."""
    application = chance.choice(["sample", "sample-jobs", ""])
    if application and await server.kill_connection(application):
        return
    await server.kill()
    await asyncio.sleep(chance.random() / 2)
    await server.start()


class Shopping:
    """Callers over REST and gRPC that repeat what was refused, until they are stopped.

    Attributes:
        refusals: The statuses of the refusals.
    """

    def __init__(self, sample: ServiceHarness) -> None:
        self.refusals: Counter[Any] = Counter()
        self._sample = sample
        self._cart = sample.stub(CartServiceStub)
        self._added: set[UUID] = set()
        self._stopping = False
        self._callers: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Start to call."""
        for add in (self._add_over_rest, self._add_over_grpc) * 2:
            self._callers.append(asyncio.create_task(self._call(add)))

    async def end(self) -> set[UUID]:
        """Stop, and return the products that were added."""
        self._stopping = True
        await asyncio.gather(*self._callers)
        return self._added

    async def _call(self, add: Callable[[UUID, str], Awaitable[Any]]) -> None:
        while not self._stopping:
            product, key = uuid4(), str(uuid4())
            while refusal := await add(product, key):
                self.refusals[refusal] += 1
                await asyncio.sleep(0.02)
            self._added.add(product)

    async def _add_over_rest(self, product: UUID, key: str) -> int:
        line = {"product_id": str(product), "quantity": 1}
        answer = await self._sample.http.post("/api/lines", json=line, headers={"idempotency-key": key})
        if answer.status_code == 201:
            return 0
        if answer.status_code == 503:
            assert (problem(answer)["code"], answer.headers["retry-after"]) == ("DATABASE_UNAVAILABLE", "1")
        return answer.status_code

    async def _add_over_grpc(self, product: UUID, key: str) -> grpc.StatusCode | None:
        line = AddCartItemRequest(product_id=str(product), quantity=1)
        try:
            await self._cart.AddCartItem(line, metadata=[("idempotency-key", key)])
        except grpc.aio.AioRpcError as error:
            return error.code()
        return None


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
