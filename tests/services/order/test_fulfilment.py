"""Fulfilment: from the paid order to delivery."""

import asyncio
from uuid import uuid4

import grpc
import pytest
from bunmart.order.v1 import order_pb2

from tests.services.order.conftest import BUN, PRODUCTION, SHIPMENT, USER, Shop
from tests.support import problem, rpc_error


def _shipping(order_id: str, status: str) -> order_pb2.SetOrderShippingRequest:
    return order_pb2.SetOrderShippingRequest(shipment_id=str(SHIPMENT), order_id=order_id, status=status)


async def test_an_order_is_produced_packed_and_delivered(shop: Shop) -> None:
    order_id = await shop.packed()
    shipment = await shop.http.post(f"/api/orders/{order_id}/request-shipping", headers=shop.admin)
    for status in ("shipping", "shipped"):
        await shop.stub.SetOrderShipping(_shipping(order_id, status))
    completed = await shop.set_status(order_id, "completed")

    assert shipment.json() == {"shipment_id": str(SHIPMENT)}
    assert completed.json()["status"] == "completed"
    history = await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.customer)
    assert [event["to_status"] for event in history.json()] == [
        "pending",
        "paid",
        "production",
        "prepared",
        "packed",
        "shipping",
        "shipped",
        "completed",
    ]
    await shop.service.settle()
    announced = [request.template_id for request in shop.peers.requests("SendNotification")]
    assert sorted(announced) == sorted(
        f"order_{status}"
        for status in ("paid", "production", "prepared", "packed", "shipping", "shipped", "completed")
    )


async def test_shipping_is_asked_again_until_the_parcel_is_on_its_way(shop: Shop) -> None:
    order_id = await shop.packed()
    ask = f"/api/orders/{order_id}/request-shipping"

    first = [await shop.http.post(ask, headers=shop.admin) for _ in range(2)]
    asked = len(shop.peers.calls("CreateShipment"))
    await shop.shipping(order_id, "shipping")
    later = await shop.http.post(ask, headers=shop.admin)

    assert [answer.json() for answer in (*first, later)] == [{"shipment_id": str(SHIPMENT)}] * 3
    assert (asked, len(shop.peers.calls("CreateShipment"))) == (2, 2)


async def test_produce_twice_at_once_starts_one_production(shop: Shop) -> None:
    order_id = await shop.paid()

    answers = await asyncio.gather(
        *(shop.http.post(f"/api/orders/{order_id}/produce", headers=shop.admin) for _ in range(10))
    )

    assert {answer.json()["production_order_id"] for answer in answers} == {str(PRODUCTION)}
    moves = await shop.database.fetch("SELECT 1 FROM order_events WHERE to_status = 'production'")
    assert len(moves) == 1


async def test_an_unpaid_order_is_not_produced(shop: Shop) -> None:
    order_id = await shop.intent()

    response = await shop.http.post(f"/api/orders/{order_id}/produce", headers=shop.admin)

    answer = problem(response)
    assert (response.status_code, answer["code"]) == (409, "ORDER_TRANSITION_NOT_ALLOWED")
    assert answer["metadata"] == {"status": "pending", "allowed": "cancelled, paid"}
    assert shop.peers.calls("CreateProductionOrder") == []


async def test_a_late_report_is_acknowledged_and_changes_nothing(shop: Shop) -> None:
    order_id = await shop.packed()

    response = await shop.stub.NotifyOrderPrepared(
        order_pb2.NotifyOrderPreparedRequest(production_order_id=str(PRODUCTION), user_order_id=order_id)
    )

    assert response.acknowledged
    assert await shop.status(order_id) == "packed"


async def test_a_report_that_is_too_early_is_refused(shop: Shop) -> None:
    order_id = await shop.packed()

    error = await rpc_error(shop.stub.SetOrderShipping(_shipping(order_id, "shipped")))

    assert (error.status, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ORDER_TRANSITION_NOT_ALLOWED",
    )
    assert await shop.status(order_id) == "packed"


@pytest.mark.parametrize("status", ["paid", "production", "prepared", "shipping", "shipped"])
async def test_reported_states_are_not_set_by_hand(shop: Shop, status: str) -> None:
    order_id = await shop.paid()

    response = await shop.set_status(order_id, status)

    assert (response.status_code, problem(response)["code"]) == (409, "ORDER_STATUS_NOT_BY_HAND")
    assert await shop.status(order_id) == "paid"


async def test_an_order_completes_by_itself_after_delivery(shop: Shop) -> None:
    order_id = await shop.packed()
    for status in ("shipping", "shipped"):
        await shop.stub.SetOrderShipping(_shipping(order_id, status))

    await shop.service.run_delayed("CompleteOrder")

    assert await shop.status(order_id) == "completed"


async def test_only_delivered_products_can_be_reviewed(shop: Shop) -> None:
    order_id = await shop.packed()
    request = order_pb2.ValidateOrderDeliveredForUserRequest(user_id=str(USER), product_id=str(BUN))
    assert not (await shop.stub.ValidateOrderDeliveredForUser(request)).delivered

    for status in ("shipping", "shipped"):
        await shop.stub.SetOrderShipping(_shipping(order_id, status))

    answer = await shop.stub.ValidateOrderDeliveredForUser(request)
    assert (answer.delivered, answer.order_id) == (True, order_id)
    request.product_id = str(uuid4())
    assert not (await shop.stub.ValidateOrderDeliveredForUser(request)).delivered


async def test_a_cancelled_order_stays_cancelled(shop: Shop) -> None:
    order_id = await shop.intent()

    for _ in range(2):
        response = await shop.http.delete(f"/api/orders/{order_id}", headers=shop.customer)
        assert response.json()["status"] == "cancelled"

    assert problem(await shop.set_status(order_id, "packed"))["metadata"]["allowed"] == "none"
