"""Shipments on the road: their states, the reports to the order service, repeats and concurrency."""

import asyncio
from typing import Any

import grpc
from bunmart.order.v1.order_pb2 import SetOrderShippingResponse
from bunmart.shipping.v1 import shipping_pb2 as pb
from bunmart_chassis.errors import FailedPreconditionError

from tests.services.shipping.conftest import Shipping
from tests.support import FakePeers, problem, rpc_error


def _move(shipment_id: str, status: str) -> pb.UpdateShipmentStatusRequest:
    return pb.UpdateShipmentStatusRequest(shipment_id=shipment_id, status=status)


async def test_the_order_hears_shipping_before_shipped_even_when_it_was_not_ready(
    shipping: Shipping, peers: FakePeers
) -> None:
    state = ["prepared"]

    def order(request: Any) -> SetOrderShippingResponse:
        if (state[0], request.status) not in {("packed", "shipping"), ("shipping", "shipped")}:
            raise FailedPreconditionError(f"{request.status} does not follow {state[0]}.")
        state[0] = request.status
        return SetOrderShippingResponse(updated=True)

    peers.answer("SetOrderShipping", order)
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")
    await shipping.move(shipment_id, "DELIVERED")
    await shipping.harness.settle(retries=False)
    assert {request.status for request in peers.requests("SetOrderShipping")} == {"shipping"}

    state[0] = "packed"
    peers.answer("SetOrderShipping", _forgiving(order, state))
    await shipping.harness.settle()

    assert state == ["shipped"]
    assert (await shipping.row(shipment_id))["order_status_confirmed"] == "shipped"


def _forgiving(order: Any, state: list[str]) -> Any:
    """Acknowledges what was reported before, as the order service does."""
    states = ["packed", "shipping", "shipped"]

    def answer(request: Any) -> SetOrderShippingResponse:
        if states.index(request.status) <= states.index(state[0]):
            return SetOrderShippingResponse(updated=True)
        return order(request)  # type: ignore[no-any-return]

    return answer


async def test_delivered_many_times_at_once_the_customer_hears_it_once(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")

    answers = await asyncio.gather(
        *[shipping.stub.UpdateShipmentStatus(_move(shipment_id, "DELIVERED")) for _ in range(6)]
    )
    await shipping.harness.settle()

    assert all(answer.updated for answer in answers)
    templates = [request.template_id for request in peers.requests("SendNotification")]
    assert templates.count("shipment_delivered") == 1
    events = await shipping.harness.database.fetch("SELECT 1 FROM shipment_events")
    assert len(events) == 4


async def test_delivered_many_times_at_once_under_one_key_every_call_gets_the_first_answer(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")
    headers = {**shipping.admin, "idempotency-key": "delivered"}

    answers = await asyncio.gather(*[shipping.move(shipment_id, "DELIVERED", headers) for _ in range(6)])
    await shipping.harness.settle()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    templates = [request.template_id for request in peers.requests("SendNotification")]
    assert templates.count("shipment_delivered") == 1
    assert len(await shipping.harness.database.fetch("SELECT 1 FROM shipment_events")) == 4


async def test_delivered_and_failed_at_once_one_wins(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")

    answers = await asyncio.gather(
        shipping.move(shipment_id, "DELIVERED"), shipping.move(shipment_id, "FAILED")
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused)["code"] == "SHIPMENT_TRANSITION_NOT_ALLOWED"


async def test_a_second_attempt_is_announced_again(shipping: Shipping, peers: FakePeers) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.harness.settle()
    for status in ("OUT_FOR_DELIVERY", "FAILED", "OUT_FOR_DELIVERY", "DELIVERED"):
        assert (await shipping.move(shipment_id, status, shipping.driver)).status_code == 200
        await shipping.harness.settle()

    templates = [request.template_id for request in peers.requests("SendNotification")]
    assert templates == [
        "shipment_tracking",
        "shipment_out_for_delivery",
        "shipment_failed",
        "shipment_out_for_delivery",
        "shipment_delivered",
    ]
    assert [request.status for request in peers.requests("SetOrderShipping")] == ["shipping", "shipped"]


async def test_a_refused_state_names_the_allowed_ones(shipping: Shipping) -> None:
    shipment_id = await shipping.create()

    error = await rpc_error(shipping.stub.UpdateShipmentStatus(_move(shipment_id, "DELIVERED")))

    assert (error.status, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "SHIPMENT_TRANSITION_NOT_ALLOWED",
    )
    assert error.metadata == {"status": "PENDING", "allowed": "ASSIGNED, CANCELLED"}
    assert (await shipping.row(shipment_id))["version"] == 1
    assert await shipping.jobs() == []


async def test_a_repeated_message_carries_one_idempotency_key(shipping: Shipping, peers: FakePeers) -> None:
    peers.fail("SendNotification", grpc.StatusCode.UNAVAILABLE, times=2)
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.harness.settle()

    calls = peers.calls("SendNotification")
    assert len(calls) == 3
    assert len({call.metadata["idempotency-key"] for call in calls}) == 1
