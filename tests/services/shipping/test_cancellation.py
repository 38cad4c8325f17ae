"""A cancelled order is not delivered, and a parcel that comes back makes its order packed again."""

import asyncio
from typing import Any

import grpc
import pytest
from bunmart.order.v1.order_pb2 import SetOrderShippingResponse
from bunmart.shipping.v1 import shipping_pb2 as pb
from bunmart_chassis.errors import FailedPreconditionError, UnavailableError

from tests.services.shipping.conftest import Shipping, new
from tests.support import FakePeers, problem, rpc_error, until


async def _cancel(shipping: Shipping, order_id: str, reason: str = "refunded") -> tuple[bool, str]:
    answer = await shipping.stub.CancelShipment(pb.CancelShipmentRequest(order_id=order_id, reason=reason))
    return answer.stopped, answer.status


def _reports(peers: FakePeers) -> list[str]:
    return [request.status for request in peers.requests("SetOrderShipping")]


async def test_the_shipment_of_a_cancelled_order_ends_for_good(shipping: Shipping, peers: FakePeers) -> None:
    order_id = new()
    shipment_id = await shipping.create(order_id=order_id)

    assert await _cancel(shipping, order_id) == (True, "CANCELLED")
    assert await _cancel(shipping, order_id, "again") == (True, "CANCELLED")

    row = await shipping.row(shipment_id)
    assert (row["status"], row["order_cancelled"], row["version"]) == ("CANCELLED", True, 2)
    again = await shipping.move(shipment_id, "PENDING")
    assert (again.status_code, problem(again)["code"]) == (409, "ORDER_CANCELLED")
    submitted = await shipping.submit(shipment_id)
    assert (submitted.status_code, problem(submitted)["code"]) == (409, "SHIPMENT_NOT_EDITABLE")
    error = await rpc_error(shipping.stub.CreateShipment(shipping.request(order_id=order_id)))
    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_CANCELLED")
    await shipping.harness.settle()
    assert (await shipping.row(shipment_id))["version"] == 2
    assert (peers.calls("SetOrderShipping"), peers.calls("SendNotification")) == ([], [])


async def test_an_order_that_was_cancelled_first_gets_no_shipment(shipping: Shipping) -> None:
    order_id = new()

    assert await _cancel(shipping, order_id) == (True, "")
    assert await _cancel(shipping, order_id) == (True, "")
    error = await rpc_error(shipping.stub.CreateShipment(shipping.request(order_id=order_id)))

    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_CANCELLED")
    assert await shipping.harness.database.fetch("SELECT 1 FROM shipments") == []


async def test_a_parcel_on_the_road_is_not_stopped_but_goes_out_no_second_time(
    shipping: Shipping, peers: FakePeers
) -> None:
    refusal = FailedPreconditionError("The order was cancelled.", code="ORDER_CANCELLED")
    peers.fail("SetOrderShipping", refusal)
    order_id = new()
    shipment_id = await shipping.create(order_id=order_id)
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")
    await shipping.harness.settle(retries=False)

    assert await _cancel(shipping, order_id) == (False, "OUT_FOR_DELIVERY")
    told = len(_reports(peers))
    await shipping.harness.settle()
    failed = await shipping.move(shipment_id, "FAILED", shipping.driver)
    assert (failed.status_code, failed.json()["status"]) == (200, "CANCELLED")
    refused = await shipping.move(shipment_id, "PENDING")
    assert (refused.status_code, problem(refused)["code"]) == (409, "ORDER_CANCELLED")
    assert problem(await shipping.submit(shipment_id, notes="again"))["code"] == "SHIPMENT_NOT_EDITABLE"

    assert await _cancel(shipping, order_id) == (True, "CANCELLED")
    await shipping.harness.settle()
    assert len(_reports(peers)) == told


async def test_a_delivered_parcel_stays_delivered(shipping: Shipping) -> None:
    order_id = new()
    shipment_id = await shipping.create(order_id=order_id)
    await shipping.submit(shipment_id)
    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        await shipping.move(shipment_id, status)
    await shipping.harness.settle()

    assert await _cancel(shipping, order_id) == (False, "DELIVERED")
    assert (await shipping.row(shipment_id))["status"] == "DELIVERED"


@pytest.mark.parametrize("round_", range(5))
async def test_cancelled_and_created_at_once_nothing_is_delivered(shipping: Shipping, round_: int) -> None:
    orders = [new() for _ in range(6)]
    calls = [
        call
        for order_id in orders
        for call in (
            shipping.stub.CreateShipment(shipping.request(order_id=order_id)),
            shipping.stub.CancelShipment(pb.CancelShipmentRequest(order_id=order_id)),
        )
    ]

    answers = await asyncio.gather(*(calls if round_ % 2 else reversed(calls)), return_exceptions=True)

    refused = [each for each in answers if isinstance(each, grpc.aio.AioRpcError)]
    assert {each.code() for each in refused} <= {grpc.StatusCode.FAILED_PRECONDITION}
    assert sum(isinstance(each, pb.CancelShipmentResponse) for each in answers) == len(orders)
    rows = await shipping.harness.database.fetch("SELECT status FROM shipments")
    assert {row["status"] for row in rows} <= {"CANCELLED"}


@pytest.mark.parametrize("round_", range(5))
async def test_cancelled_and_sent_out_at_once_one_wins(shipping: Shipping, round_: int) -> None:
    order_id = new()
    shipment_id = await shipping.create(order_id=order_id)
    await shipping.submit(shipment_id)
    first, second = _cancel(shipping, order_id), shipping.move(shipment_id, "OUT_FOR_DELIVERY")

    if round_ % 2:
        sent, cancelled = await asyncio.gather(second, first)
    else:
        cancelled, sent = await asyncio.gather(first, second)

    if sent.status_code == 200:
        assert cancelled == (False, "OUT_FOR_DELIVERY")
    else:
        assert (cancelled, sent.status_code) == ((True, "CANCELLED"), 409)


async def test_a_given_up_delivery_makes_the_order_packed_and_it_can_be_shipped_again(
    shipping: Shipping, peers: FakePeers
) -> None:
    order_id, address = new(), pb.ShippingAddress(recipient="Ada", city="Berlin")
    shipment_id = await shipping.create(order_id=order_id, address=address)
    first = (await shipping.submit(shipment_id, estimated_delivery="2031-01-01T10:00:00Z")).json()
    await shipping.harness.settle()
    for status in ("OUT_FOR_DELIVERY", "FAILED", "CANCELLED"):
        assert (await shipping.move(shipment_id, status)).status_code == 200
    await shipping.harness.settle()
    assert _reports(peers) == ["shipping", "packed"]

    moved = pb.ShippingAddress(recipient="Ada", city="Bonn", phone="+4915112345678")
    again = await shipping.stub.CreateShipment(shipping.request(order_id=order_id, address=moved))

    assert (again.shipment_id, again.status, again.tracking_number) == (shipment_id, "PENDING", "")
    _, other = await shipping.add_driver()
    seen = (await shipping.http.get(f"/api/shipments/{shipment_id}", headers=shipping.admin)).json()
    assert (seen["address"]["city"], seen["driver_id"], seen["estimated_delivery"]) == ("Bonn", None, None)
    assert (await shipping.http.get(f"/api/shipments/{shipment_id}", headers=other)).status_code == 200
    second = (await shipping.submit(shipment_id)).json()
    assert second["tracking_number"] != first["tracking_number"]
    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        await shipping.move(shipment_id, status)
    await shipping.harness.settle()
    assert _reports(peers) == ["shipping", "packed", "shipping", "shipped"]


async def test_a_shipment_that_the_order_never_heard_of_is_given_up_without_a_word(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipment_id = await shipping.create()
    await shipping.http.delete(f"/api/shipments/{shipment_id}", headers=shipping.admin)
    await shipping.harness.settle()

    assert {call.method for call in peers.received} == {"UserService.GetUser"}, "for the driver's account"


async def test_an_order_that_heard_shipping_hears_packed_though_its_answer_was_lost(
    shipping: Shipping, peers: FakePeers
) -> None:
    heard: list[str] = []

    def lose(request: Any) -> SetOrderShippingResponse:
        heard.append(request.status)
        raise UnavailableError("The answer is lost.")

    peers.answer("SetOrderShipping", lose)
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.harness.settle(retries=False)
    assert set(heard) == {"shipping"}
    assert (await shipping.row(shipment_id))["order_status_confirmed"] is None

    await shipping.http.delete(f"/api/shipments/{shipment_id}", headers=shipping.admin)
    peers.answer("SetOrderShipping", SetOrderShippingResponse(updated=True))
    await shipping.harness.settle()

    assert _reports(peers)[-1] == "packed"
    row = await shipping.row(shipment_id)
    assert (row["order_status_confirmed"], row["report_owner"]) == ("packed", None)


async def test_a_second_attempt_that_is_given_up_is_heard_though_one_like_it_was_before(
    shipping: Shipping, peers: FakePeers
) -> None:
    order = "packed"

    def hear(request: Any) -> SetOrderShippingResponse:
        nonlocal order
        order = request.status
        if loses:
            raise UnavailableError("The answer is lost.")
        return SetOrderShippingResponse(updated=True)

    peers.answer("SetOrderShipping", hear)
    loses = False
    shipment_id = await shipping.create()
    path = f"/api/shipments/{shipment_id}"
    await shipping.submit(shipment_id)
    await shipping.harness.settle()
    await shipping.http.delete(path, headers=shipping.admin)
    await shipping.harness.settle()
    assert (order, _reports(peers)) == ("packed", ["shipping", "packed"])

    loses = True
    await shipping.move(shipment_id, "PENDING")
    await shipping.submit(shipment_id)
    await shipping.harness.settle(retries=False)
    assert order == "shipping"
    peers.fail("SetOrderShipping", grpc.StatusCode.UNAVAILABLE, times=100)
    await shipping.http.delete(path, headers=shipping.admin)
    await shipping.harness.settle(retries=False)
    loses = False
    peers.answer("SetOrderShipping", hear)
    await shipping.harness.settle()

    assert order == "packed"


async def test_a_report_that_is_under_way_is_not_overtaken(shipping: Shipping, peers: FakePeers) -> None:
    called, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> SetOrderShippingResponse:
        if request.status == "shipping":
            called.set()
            await go_on.wait()
        return SetOrderShippingResponse(updated=True)

    peers.answer("SetOrderShipping", slow)
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await called.wait()
    await shipping.http.delete(f"/api/shipments/{shipment_id}", headers=shipping.admin)

    async def one_is_left() -> bool:
        return (await shipping.jobs()).count("ReportToOrder") == 1

    # The job of the cancellation leaves the reports to the one that is under way.
    await until(one_is_left)
    assert _reports(peers) == ["shipping"]

    go_on.set()
    await shipping.harness.settle()

    assert _reports(peers) == ["shipping", "packed"]


async def test_the_customer_reads_why_a_delivery_failed(shipping: Shipping, peers: FakePeers) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")
    await shipping.harness.settle()
    body = {"status": "FAILED", "reason": "nobody was at home"}

    failed = await shipping.http.put(
        f"/api/shipments/{shipment_id}/status", json=body, headers=shipping.driver
    )
    await shipping.harness.settle()

    assert failed.status_code == 200
    message = peers.requests("SendNotification")[-1]
    assert (message.template_id, message.template_data["reason"]) == ("shipment_failed", "nobody was at home")
