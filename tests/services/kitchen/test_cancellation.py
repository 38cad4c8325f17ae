"""A cancelled order is baked no more: repeats, late creations, and changes at the same time."""

import asyncio
from typing import Any

import grpc
import pytest
from bunmart.kitchen.v1 import kitchen_pb2 as pb
from bunmart_chassis.errors import FailedPreconditionError

from tests.services.kitchen.conftest import NOTICE, PNG, Kitchen, new
from tests.support import FakePeers, problem, rpc_error


async def _cancel(kitchen: Kitchen, order: str, reason: str = "refunded") -> tuple[bool, str]:
    request = pb.CancelProductionOrderRequest(user_order_id=order, reason=reason)
    answer = await kitchen.stub.CancelProductionOrder(request)
    return answer.stopped, answer.phase


async def test_a_cancelled_order_is_not_baked_and_a_repeat_changes_nothing(
    kitchen: Kitchen, peers: FakePeers
) -> None:
    order = new()
    order_id = await kitchen.create(order)
    await kitchen.move(order_id, "BAKING", 40)

    assert await _cancel(kitchen, order) == (True, "CANCELLED")
    assert await _cancel(kitchen, order, "again") == (True, "CANCELLED")

    seen = await kitchen.read(order_id)
    assert (seen["phase"], seen["progress_percent"], seen["cancel_reason"]) == ("CANCELLED", 40, "refunded")
    assert seen["version"] == 3
    listed = await kitchen.http.get(
        "/api/production-orders", params={"phase": "CANCELLED"}, headers=kitchen.staff
    )
    assert [item["production_order_id"] for item in listed.json()["items"]] == [order_id]
    await kitchen.harness.settle()
    assert peers.calls(NOTICE) == []


async def test_every_change_of_a_cancelled_production_order_is_refused(kitchen: Kitchen) -> None:
    order = new()
    order_id = await kitchen.create(order)
    image = (await kitchen.upload(order_id)).json()["image_id"]
    await _cancel(kitchen, order)
    before = await kitchen.read(order_id)
    path = f"/api/production-orders/{order_id}"
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"{path}/phase", {"phase": "BAKING"}),
        ("PUT", f"{path}/phase", {"phase": "COMPLETED"}),
        ("PUT", f"{path}/notes", {"notes": "x"}),
        ("POST", f"{path}/images", {"url": "https://a/b"}),
        ("DELETE", f"{path}/images/{image}", None),
        ("DELETE", path, None),
    ]

    answers = [
        await kitchen.http.request(method, url, json=body, headers=kitchen.admin)
        for method, url, body in calls
    ]
    answers.append(await kitchen.upload(order_id, PNG))
    for answer in answers:
        assert (answer.status_code, problem(answer)["code"]) == (409, "PRODUCTION_ORDER_CANCELLED")
    for rpc, request in (
        (
            kitchen.stub.UpdateProductionPhase,
            pb.UpdateProductionPhaseRequest(production_order_id=order_id, phase="COMPLETED"),
        ),
        (
            kitchen.stub.NotifyOrderPrepared,
            pb.NotifyOrderPreparedRequest(production_order_id=order_id, user_order_id=order),
        ),
    ):
        error = await rpc_error(rpc(request))
        assert (error.status, error.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "PRODUCTION_ORDER_CANCELLED",
        )

    assert await kitchen.read(order_id) == before
    assert await kitchen.jobs() == []


async def test_an_order_that_was_cancelled_first_is_never_produced(kitchen: Kitchen) -> None:
    order = new()

    assert await _cancel(kitchen, order) == (True, "")
    assert await _cancel(kitchen, order) == (True, "")
    error = await rpc_error(kitchen.stub.CreateProductionOrder(kitchen.request(order)))

    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_CANCELLED")
    assert await kitchen.harness.database.fetch("SELECT 1 FROM production_orders") == []


async def test_a_production_order_is_not_created_again_after_it_was_cancelled(kitchen: Kitchen) -> None:
    request = kitchen.request()
    await kitchen.stub.CreateProductionOrder(request)
    await _cancel(kitchen, request.user_order_id)

    error = await rpc_error(kitchen.stub.CreateProductionOrder(request))

    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_CANCELLED")


async def test_what_is_completed_stays_so_and_its_order_is_not_told_of_it_after_it_was_cancelled(
    kitchen: Kitchen, peers: FakePeers
) -> None:
    order = new()
    peers.fail(NOTICE, FailedPreconditionError("The order was cancelled.", code="ORDER_CANCELLED"))
    order_id = await kitchen.create(order)
    await kitchen.move(order_id, "COMPLETED")
    await kitchen.harness.settle(retries=False)

    assert await _cancel(kitchen, order) == (False, "COMPLETED")
    assert await _cancel(kitchen, order) == (False, "COMPLETED")
    told = len(peers.calls(NOTICE))
    await kitchen.harness.settle()

    seen = await kitchen.read(order_id)
    assert (seen["phase"], seen["order_notified"], seen["version"]) == ("COMPLETED", False, 2)
    assert len(peers.calls(NOTICE)) == told


@pytest.mark.parametrize("round_", range(5))
async def test_cancelled_and_completed_at_once_one_wins(
    kitchen: Kitchen, peers: FakePeers, round_: int
) -> None:
    order = new()
    order_id = await kitchen.create(order)
    first, second = _cancel(kitchen, order), kitchen.move(order_id, "COMPLETED")

    if round_ % 2:
        completed, cancelled = await asyncio.gather(second, first)
    else:
        cancelled, completed = await asyncio.gather(first, second)
    await kitchen.harness.settle()

    phase = (await kitchen.read(order_id))["phase"]
    if phase == "COMPLETED":
        assert (cancelled, completed.status_code) == ((False, "COMPLETED"), 200)
    else:
        assert (phase, cancelled, completed.status_code) == ("CANCELLED", (True, "CANCELLED"), 409)
        assert peers.calls(NOTICE) == []


@pytest.mark.parametrize("round_", range(5))
async def test_cancelled_and_created_at_once_nothing_is_baked(kitchen: Kitchen, round_: int) -> None:
    orders = [new() for _ in range(6)]

    calls = [
        call
        for order in orders
        for call in (
            kitchen.stub.CreateProductionOrder(kitchen.request(order)),
            kitchen.stub.CancelProductionOrder(pb.CancelProductionOrderRequest(user_order_id=order)),
        )
    ]
    answers = await asyncio.gather(*(calls if round_ % 2 else reversed(calls)), return_exceptions=True)

    refused = [each for each in answers if isinstance(each, grpc.aio.AioRpcError)]
    assert {each.code() for each in refused} <= {grpc.StatusCode.FAILED_PRECONDITION}
    assert len([each for each in answers if isinstance(each, pb.CancelProductionOrderResponse)]) == len(
        orders
    )
    phases = await kitchen.harness.database.fetch("SELECT phase FROM production_orders")
    assert {row["phase"] for row in phases} <= {"CANCELLED"}
