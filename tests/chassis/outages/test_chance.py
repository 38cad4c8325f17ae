"""Postgres is killed at random moments while customers shop: every job runs, and callers hear UNAVAILABLE."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.cart.v1.cart_pb2 import AddCartItemRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis.errors import UnavailableError

from tests.chassis.outages.quiet import OUTAGE_LOG, warnings
from tests.chassis.sample.service import LineAdded
from tests.support import ServiceHarness, problem, until
from tests.support.crashes import CrashingServer

ROUNDS = int(os.environ.get("OUTAGE_ROUNDS", "6"))
"""`make outages rounds=200` runs more."""


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
