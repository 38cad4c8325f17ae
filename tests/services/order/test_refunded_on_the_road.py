"""What is refunded is not shipped again: all of the money goes back while the parcel is on the road."""

from bunmart.payment.v1.payment_pb2 import RefundOrderResponse
from bunmart.shipping.v1.shipping_pb2 import CancelShipmentResponse

from tests.services.order.conftest import Shop
from tests.support import problem


async def _shipping(shop: Shop) -> str:
    order_id = await shop.packed()
    await shop.shipping(order_id, "shipping")
    await shop.service.settle()
    return order_id


def _stops(shop: Shop) -> list[bool]:
    return [request.still_shipping for request in shop.peers.requests("CancelShipment")]


async def test_all_of_the_money_is_back_and_shipping_stops_until_the_parcel_is_back(shop: Shop) -> None:
    order_id = await _shipping(shop)
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    await shop.payment_result(order_id, "REFUNDED", "12.40")
    await shop.service.settle()
    await shop.service.run_delayed("StopShipment")
    order = await shop.read(order_id)
    assert (order["status"], _stops(shop)) == ("shipping", [True, True])
    assert order["attention"] == "The order was refunded in full while it is on the road."

    shop.peers.answer("CancelShipment", CancelShipmentResponse(stopped=True, status="CANCELLED"))
    await shop.shipping(order_id, "packed")
    await shop.service.settle()

    order = await shop.read(order_id)
    assert (order["status"], order["attention"], order["shipment_id"]) == ("cancelled", "", None)
    assert _stops(shop) == [True, True, False]


async def test_a_refund_that_is_still_on_its_way_stops_the_parcel_too(shop: Shop) -> None:
    order_id = await _shipping(shop)
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    shop.peers.answer("RefundOrder", RefundOrderResponse(status="PENDING"))

    path = f"/api/orders/{order_id}/refunds"
    assert (await shop.http.post(path, json={"reason": "lost"}, headers=shop.admin)).is_success
    await shop.service.settle()

    assert ((await shop.read(order_id))["status"], _stops(shop)) == ("shipping", [True])


async def test_a_part_of_the_money_stops_nothing(shop: Shop) -> None:
    order_id = await _shipping(shop)

    await shop.payment_result(order_id, "SUCCEEDED", "2.40")
    await shop.service.settle()

    assert _stops(shop) == []


async def test_a_refund_that_failed_stops_the_order_no_longer(shop: Shop) -> None:
    order_id = await _shipping(shop)
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    shop.peers.answer("RefundOrder", RefundOrderResponse(status="PENDING"))
    path = f"/api/orders/{order_id}/refunds"
    assert (await shop.http.post(path, json={"reason": "lost"}, headers=shop.admin)).is_success
    await shop.service.settle()
    shop.peers.answer("RefundOrder", RefundOrderResponse(status="FAILED"))
    await shop.service.run_delayed("CarryRefund")
    asked = len(_stops(shop))
    assert asked == 1

    await shop.service.run_delayed("StopShipment")
    await shop.shipping(order_id, "packed")

    assert ((await shop.read(order_id))["status"], len(_stops(shop))) == ("packed", asked)


async def test_an_order_on_the_road_is_not_cancelled_by_hand(shop: Shop) -> None:
    order_id = await _shipping(shop)

    refused = await shop.cancel(order_id, shop.admin)

    assert (refused.status_code, problem(refused)["code"]) == (409, "ORDER_TRANSITION_NOT_ALLOWED")
    await shop.service.settle()
    assert ((await shop.read(order_id))["status"], _stops(shop)) == ("shipping", [])
    assert shop.peers.calls("RefundOrder") == []
