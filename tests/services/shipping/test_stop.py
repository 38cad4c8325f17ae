"""The money of an order goes back while its parcel is on the road: the parcel goes out no second time."""

import asyncio

import pytest
from bunmart.shipping.v1 import shipping_pb2 as pb

from tests.services.shipping.conftest import Shipping, new
from tests.support import FakePeers, problem


async def _stop(shipping: Shipping, order_id: str) -> tuple[bool, str]:
    request = pb.CancelShipmentRequest(order_id=order_id, reason="refunded", still_shipping=True)
    answer = await shipping.stub.CancelShipment(request)
    return answer.stopped, answer.status


async def _at(shipping: Shipping, order_id: str, *statuses: str) -> str:
    shipment_id = await shipping.create(order_id=order_id)
    await shipping.submit(shipment_id)
    await shipping.harness.settle()
    for status in statuses:
        assert (await shipping.move(shipment_id, status, shipping.driver)).status_code == 200
    await shipping.harness.settle()
    return shipment_id


def _reports(peers: FakePeers) -> list[str]:
    return [request.status for request in peers.requests("SetOrderShipping")]


def _mails(peers: FakePeers) -> list[str]:
    return [request.template_id for request in peers.requests("SendNotification")]


async def test_a_failed_delivery_that_is_stopped_is_given_up_and_order_hears_it(
    shipping: Shipping, peers: FakePeers
) -> None:
    order_id = new()
    shipment_id = await _at(shipping, order_id, "OUT_FOR_DELIVERY", "FAILED")

    assert [await _stop(shipping, order_id) for _ in range(2)] == [(True, "CANCELLED")] * 2

    version = (await shipping.row(shipment_id))["version"]
    for status in ("OUT_FOR_DELIVERY", "ASSIGNED"):
        refused = await shipping.move(shipment_id, status, shipping.admin)
        assert (refused.status_code, problem(refused)["code"]) == (409, "SHIPMENT_TRANSITION_NOT_ALLOWED")
    again = await shipping.move(shipment_id, "PENDING", shipping.admin)
    assert (again.status_code, problem(again)["code"]) == (409, "SHIPMENT_STOPPED")
    assert (await shipping.row(shipment_id))["version"] == version
    await shipping.harness.settle()
    assert _reports(peers) == ["shipping", "packed"]


async def test_a_stopped_parcel_on_the_road_is_given_up_in_the_moment_that_it_fails(
    shipping: Shipping, peers: FakePeers
) -> None:
    order_id = new()
    shipment_id = await _at(shipping, order_id, "OUT_FOR_DELIVERY")
    assert await _stop(shipping, order_id) == (False, "OUT_FOR_DELIVERY")

    for _ in range(2):
        failed = await shipping.move(shipment_id, "FAILED", shipping.driver)
        assert (failed.status_code, failed.json()["status"]) == (200, "CANCELLED")

    await shipping.harness.settle()
    assert _reports(peers) == ["shipping", "packed"]
    assert "shipment_failed" not in _mails(peers), "it says that there may be another attempt"
    assert (await shipping.move(shipment_id, "OUT_FOR_DELIVERY", shipping.driver)).status_code == 409


async def test_a_stopped_parcel_that_is_delivered_all_the_same_is_reported(
    shipping: Shipping, peers: FakePeers
) -> None:
    order_id = new()
    shipment_id = await _at(shipping, order_id, "OUT_FOR_DELIVERY")
    await _stop(shipping, order_id)

    assert (await shipping.move(shipment_id, "DELIVERED", shipping.driver)).status_code == 200

    await shipping.harness.settle()
    assert _reports(peers) == ["shipping", "shipped"]


async def test_order_alone_starts_a_stopped_shipment_again(shipping: Shipping, peers: FakePeers) -> None:
    """The refund failed at the bank, so the order is packed, and its customer gets it after all."""
    order_id = new()
    shipment_id = await _at(shipping, order_id, "OUT_FOR_DELIVERY", "FAILED")
    await _stop(shipping, order_id)
    await shipping.harness.settle()

    again = await shipping.stub.CreateShipment(shipping.request(order_id=order_id))

    assert (again.shipment_id, again.status) == (shipment_id, "PENDING")
    await shipping.submit(shipment_id)
    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        assert (await shipping.move(shipment_id, status, shipping.driver)).status_code == 200
    await shipping.harness.settle()
    assert _reports(peers) == ["shipping", "packed", "shipping", "shipped"]


@pytest.mark.parametrize("round_", range(5))
async def test_stopped_and_tried_again_at_once_one_wins(shipping: Shipping, round_: int) -> None:
    order_id = new()
    shipment_id = await _at(shipping, order_id, "OUT_FOR_DELIVERY", "FAILED")
    stop, retry = _stop(shipping, order_id), shipping.move(shipment_id, "OUT_FOR_DELIVERY", shipping.driver)

    if round_ % 2:
        sent, stopped = await asyncio.gather(retry, stop)
    else:
        stopped, sent = await asyncio.gather(stop, retry)

    won = sent.status_code == 200
    assert stopped == ((False, "OUT_FOR_DELIVERY") if won else (True, "CANCELLED"))
