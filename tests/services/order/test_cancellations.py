"""Cancelling: who may when, and what follows at the other services."""

from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.kitchen.v1.kitchen_pb2 import CancelProductionOrderResponse
from bunmart.order.v1 import order_pb2
from bunmart.payment.v1.payment_pb2 import CloseOrderPaymentsResponse, GetPaymentStatusResponse
from bunmart.shipping.v1.shipping_pb2 import CancelShipmentResponse
from bunmart_order.outbox import StopProduction, StopShipment

from tests.services.order.conftest import BUN, PAYMENT, SHIPMENT, Shop
from tests.support import problem, rpc_error

EFFECTS = (
    "CloseOrderPayments",
    "RefundOrder",
    "CancelProductionOrder",
    "CancelShipment",
    "SettleOrderPricing",
    "RestoreCart",
)


async def _effects(shop: Shop) -> set[str]:
    """The calls that give something back or stop something; to count the coupons of a paid order is none."""
    await shop.service.settle()
    released = "RELEASED" in shop.pricing.settled
    return {rpc for rpc in EFFECTS if shop.peers.calls(rpc) and (rpc != "SettleOrderPricing" or released)}


@pytest.mark.parametrize("status", ["pending", "paid"])
async def test_a_customer_cancels_what_is_not_in_production(shop: Shop, status: str) -> None:
    order_id = await shop.at(status)

    response = await shop.cancel(order_id, shop.customer, "changed my mind")

    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    await shop.service.settle()
    mails = [request.template_id for request in shop.peers.requests("SendNotification")]
    assert "order_cancelled" in mails


@pytest.mark.parametrize("status", ["production", "prepared", "packed"])
async def test_an_order_in_production_is_cancelled_by_admins_alone(shop: Shop, status: str) -> None:
    order_id = await shop.at(status)

    refused = await shop.cancel(order_id, shop.customer)

    assert (refused.status_code, problem(refused)["code"]) == (409, "ORDER_TRANSITION_NOT_ALLOWED")
    assert await shop.status(order_id) == status
    assert "RefundOrder" not in await _effects(shop)
    assert (await shop.cancel(order_id, shop.admin)).json()["status"] == "cancelled"


@pytest.mark.parametrize("status", ["shipping", "shipped", "completed"])
async def test_an_order_on_its_way_is_not_cancelled(shop: Shop, status: str) -> None:
    order_id = await shop.at(status)

    for response in (await shop.cancel(order_id, shop.admin), await shop.set_status(order_id, "cancelled")):
        assert (response.status_code, problem(response)["code"]) == (409, "ORDER_TRANSITION_NOT_ALLOWED")

    assert await shop.status(order_id) == status
    assert await _effects(shop) == set()


async def test_a_paid_order_gives_back_all_that_it_holds(shop: Shop) -> None:
    order_id = await shop.intent(uuid4())
    await shop.details(order_id, ["SAVE1"])
    await shop.pay(order_id)
    await shop.service.settle()

    await shop.cancel(order_id, shop.customer, "changed my mind")

    assert await _effects(shop) == {*EFFECTS} - {"RestoreCart"}
    (refund,) = shop.peers.requests("RefundOrder")
    assert (refund.order_id, refund.amount, refund.reason) == (order_id, "", "changed my mind")
    assert shop.pricing.settled == ["USED", "RELEASED"]
    order = await shop.read(order_id)
    assert (order["refunded_total"], order["total"]) == ("11.40", "11.40")
    await shop.payment_result(order_id, "REFUNDED", "11.40")
    order = await shop.read(order_id)
    assert (order["refunded_total"], order["payment_status"]) == (order["total"], "REFUNDED")


async def test_an_unpaid_order_gives_its_goods_back_to_the_cart(shop: Shop) -> None:
    cart_id = uuid4()
    order_id = await shop.intent(cart_id, note="severe nut allergy", bun_note="Happy 40, Ann!")

    await shop.cancel(order_id, shop.customer)

    assert await _effects(shop) == {"CloseOrderPayments", "SettleOrderPricing", "RestoreCart"}
    (request,) = shop.peers.requests("RestoreCart")
    assert [(item.quantity, item.note) for item in request.items] == [(2, "Happy 40, Ann!"), (1, "")]
    assert request.note == "severe nut allergy"
    first = [
        call.method.rpartition(".")[2] for call in shop.peers.received if "Cart" in call.method.split(".")[1]
    ]
    assert first.index("InvalidateCart") < first.index("RestoreCart")


async def test_what_was_bought_since_does_not_come_back(shop: Shop) -> None:
    await shop.at("paid")
    order_id, all_bought = await shop.intent(uuid4()), await shop.intent(uuid4())
    more = {"quantity": 5, "note": ""}
    await shop.http.put(f"/api/orders/{order_id}/lines/{BUN}", json=more, headers=shop.customer)
    await shop.at("paid")
    await shop.at("pending")
    await shop.cancel(await shop.at("paid"), shop.customer)

    for unpaid in (order_id, all_bought):
        await shop.cancel(unpaid, shop.customer)
    await shop.service.settle()

    (request,) = shop.peers.requests("RestoreCart")
    assert request.order_id == order_id
    assert [(item.product_id, item.quantity) for item in request.items] == [(str(BUN), 3)]


async def test_an_order_without_a_cart_gives_nothing_to_one(shop: Shop) -> None:
    order_id = await shop.intent()

    await shop.cancel(order_id, shop.customer)

    assert "RestoreCart" not in await _effects(shop)


@pytest.mark.parametrize("status", ["pending", "paid", "packed"])
async def test_cancelling_again_changes_nothing(shop: Shop, status: str) -> None:
    order_id = await shop.at(status)
    await shop.cancel(order_id, shop.admin)
    await shop.service.settle()
    before = len(shop.peers.received)

    for again in (await shop.cancel(order_id, shop.admin), await shop.set_status(order_id, "cancelled")):
        assert again.json()["status"] == "cancelled"

    await shop.service.settle()
    assert len(shop.peers.received) == before


async def test_the_answer_to_a_job_that_is_run_again_is_in_the_history_once(shop: Shop) -> None:
    order_id = await shop.packed()
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    await shop.cancel(order_id, shop.admin)
    await shop.service.settle()
    await shop.http.delete(f"/api/orders/{order_id}/attention", headers=shop.admin)

    # As a worker leaves them that ended before it could say that they are done.
    await shop.rerun(StopShipment(UUID(order_id), "cancelled"), StopProduction(UUID(order_id), "cancelled"))

    history = await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.admin)
    reasons = [event["reason"] for event in history.json()]
    assert reasons.count("shipment not stopped: OUT_FOR_DELIVERY") == 1
    assert reasons.count("production stopped: CANCELLED") == 1
    assert (await shop.read(order_id))["attention"] == ""


async def test_a_peer_that_is_down_is_told_later(shop: Shop) -> None:
    order_id = await shop.at("production")
    for rpc in ("CancelProductionOrder", "RefundOrder", "CloseOrderPayments"):
        shop.peers.fail(rpc, grpc.StatusCode.UNAVAILABLE, times=2)

    await shop.cancel(order_id, shop.admin)

    await shop.service.settle()
    assert len({request.refund_id for request in shop.peers.requests("RefundOrder")}) == 1
    assert len(shop.peers.calls("CancelProductionOrder")) >= 2


async def test_the_answers_of_kitchen_and_shipping_are_in_the_history(shop: Shop) -> None:
    order_id = await shop.packed()
    shop.peers.answer("CancelProductionOrder", CancelProductionOrderResponse(phase="COMPLETED"))
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    shop.peers.answer("CloseOrderPayments", CloseOrderPaymentsResponse(held="0.00", processing=True))

    await shop.cancel(order_id, shop.admin, "no more flour")

    assert {"RefundOrder", "CancelShipment"} <= await _effects(shop)
    history = await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.admin)
    told = {(event["actor"], event["reason"]) for event in history.json()}
    assert ("kitchen", "production not stopped: COMPLETED") in told
    assert ("shipping", "shipment not stopped: OUT_FOR_DELIVERY") in told
    assert (await shop.read(order_id))["attention"].endswith("its shipment is OUT_FOR_DELIVERY.")
    order = (await shop.http.get(f"/api/orders/{order_id}", headers=shop.customer)).json()
    assert order["attention"] is None


async def test_money_that_comes_for_a_cancelled_order_is_refused(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    await shop.cancel(order_id, shop.customer)

    error = await rpc_error(
        shop.stub.NotifyPaymentResult(
            order_pb2.NotifyPaymentResultRequest(
                order_id=order_id, payment_id=str(PAYMENT), status="SUCCEEDED"
            )
        )
    )

    assert error.reason == "ORDER_NOT_PAYABLE"
    await shop.payment_result(order_id, "REFUNDED", "12.40")
    order = await shop.read(order_id)
    assert (order["status"], order["payment_status"]) == ("cancelled", "REFUNDED")


async def test_a_parcel_on_the_road_is_asked_for_until_it_is_back(shop: Shop) -> None:
    order_id = await shop.packed()
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    await shop.cancel(order_id, shop.admin)
    await shop.service.settle()
    for _ in range(2):
        await shop.service.run_delayed("StopShipment")
    assert "OUT_FOR_DELIVERY" in (await shop.read(order_id))["attention"]

    shop.peers.answer("CancelShipment", CancelShipmentResponse(stopped=True, status="CANCELLED"))
    await shop.service.run_delayed("StopShipment")

    assert (await shop.read(order_id))["attention"] == ""
    assert len(shop.peers.calls("CancelShipment")) == 4
    assert await _shipping_notes(shop, order_id) == [
        "shipment not stopped: OUT_FOR_DELIVERY",
        "shipment stopped: CANCELLED",
    ]
    calls = len(shop.peers.calls("CancelShipment"))
    await shop.service.run_delayed("StopShipment")
    assert len(shop.peers.calls("CancelShipment")) == calls


async def test_a_parcel_that_was_delivered_all_the_same_stays_before_the_admin(shop: Shop) -> None:
    order_id = await shop.packed()
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    await shop.cancel(order_id, shop.admin)
    await shop.service.settle()

    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="DELIVERED"))
    await shop.service.run_delayed("StopShipment")

    assert (await shop.read(order_id))[
        "attention"
    ] == "The order is cancelled, but its shipment is DELIVERED."
    calls = len(shop.peers.calls("CancelShipment"))
    await shop.service.run_delayed("StopShipment")
    assert len(shop.peers.calls("CancelShipment")) == calls


async def _shipping_notes(shop: Shop, order_id: str) -> list[str]:
    history = (await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.admin)).json()
    return [
        event["reason"] for event in history if event["actor"] == "shipping" and "stopped" in event["reason"]
    ]


async def test_a_stranger_cancels_nothing(shop: Shop) -> None:
    order_id = await shop.at("paid")

    assert (await shop.cancel(order_id, shop.stranger)).status_code == 403

    assert await shop.status(order_id) == "paid"
    assert await _effects(shop) == set()


async def test_an_order_that_nobody_pays_expires(shop: Shop) -> None:
    paid, order_id = await shop.at("paid"), await shop.intent(uuid4())
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    await shop.service.run_delayed("ExpireOrder")

    assert (await shop.status(order_id), await shop.status(paid)) == ("cancelled", "paid")
    assert await _effects(shop) >= {"CloseOrderPayments", "RestoreCart"}
    history = await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.customer)
    assert history.json()[-1]["reason"] == "expired"


async def test_an_order_whose_payment_has_succeeded_does_not_expire(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    shop.peers.answer("GetPaymentStatus", GetPaymentStatusResponse(status="SUCCEEDED"))

    await shop.service.run_delayed("ExpireOrder")

    assert await shop.status(order_id) == "paid"


async def test_an_order_whose_payment_is_unknown_by_now_expires(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    shop.peers.fail("GetPaymentStatus", grpc.StatusCode.NOT_FOUND)

    await shop.service.run_delayed("ExpireOrder")

    assert await shop.status(order_id) == "cancelled"


async def test_one_order_that_does_not_expire_keeps_no_other_from_it(shop: Shop) -> None:
    stuck, other = await shop.intent(), await shop.intent()
    await shop.details(stuck)
    await shop.http.post(f"/api/orders/{stuck}/request-payment", headers=shop.customer)
    shop.peers.fail("GetPaymentStatus", grpc.StatusCode.FAILED_PRECONDITION)
    await shop.database.execute("DELETE FROM pgqueuer")
    await shop.database.execute("UPDATE orders SET created_at = now() - interval '3 days'")

    await shop.sweep()

    assert [await shop.status(order_id) for order_id in (stuck, other)] == ["pending", "cancelled"]


async def test_the_sweep_ends_unpaid_orders_whose_job_is_lost(shop: Shop) -> None:
    old, young, paid = await shop.intent(), await shop.intent(), await shop.at("paid")
    await shop.database.execute("DELETE FROM pgqueuer WHERE entrypoint = 'ExpireOrder'")
    for order_id in (old, paid):
        await shop.database.execute(
            "UPDATE orders SET created_at = now() - interval '3 days' WHERE id::text = $1", order_id
        )

    await shop.sweep()

    states = [await shop.status(order_id) for order_id in (old, young, paid)]
    assert states == ["cancelled", "pending", "paid"]


async def test_a_delivery_that_was_given_up_is_tried_again(shop: Shop) -> None:
    order_id = await shop.at("packed")
    ask = f"/api/orders/{order_id}/request-shipping"
    await shop.http.post(ask, headers=shop.admin)
    await shop.shipping(order_id, "shipping")
    await shop.service.settle()
    before = len(shop.peers.calls("SendNotification"))

    for _ in range(2):
        await shop.shipping(order_id, "packed")

    order = await shop.read(order_id)
    assert (order["status"], order["shipment_id"]) == ("packed", None)
    await shop.service.settle()
    mails = [request.template_id for request in shop.peers.requests("SendNotification")]
    assert mails[before:] == ["order_packed"]
    await shop.http.post(ask, headers=shop.admin)
    assert len(shop.peers.calls("CreateShipment")) == 2
    for status in ("shipping", "shipped"):
        await shop.shipping(order_id, status)
    assert await shop.status(order_id) == "shipped"


async def test_an_order_whose_delivery_was_given_up_is_cancelled_with_its_money(shop: Shop) -> None:
    order_id = await shop.at("shipping")
    await shop.shipping(order_id, "packed", SHIPMENT)

    await shop.cancel(order_id, shop.admin)

    assert await _effects(shop) >= {"RefundOrder", "CancelShipment"}


@pytest.mark.parametrize("refunded", [True, False])
async def test_what_was_refunded_on_the_road_is_cancelled_when_it_comes_back(
    shop: Shop, refunded: bool
) -> None:
    order_id = await shop.at("shipping")
    await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"reason": "the customer is ill"}, headers=shop.admin
    )
    await shop.service.settle()
    if refunded:
        await shop.payment_result(order_id, "REFUNDED")
        await shop.service.settle()
    before = len(shop.peers.calls("SendNotification"))

    for _ in range(2):
        await shop.shipping(order_id, "packed")

    order = await shop.read(order_id)
    assert (order["status"], order["shipment_id"], order["attention"]) == ("cancelled", None, "")
    asked = await shop.http.post(f"/api/orders/{order_id}/request-shipping", headers=shop.admin)
    assert (asked.status_code, problem(asked)["code"]) == (409, "ORDER_NOT_PACKED")
    assert await _effects(shop) >= {"CancelShipment", "CloseOrderPayments", "SettleOrderPricing"}
    assert len(shop.peers.calls("RefundOrder")) == 1
    assert shop.peers.calls("CreateShipment") == []
    mails = [request.template_id for request in shop.peers.requests("SendNotification")]
    assert mails[before:] == ["order_cancelled"]


async def test_an_order_that_was_refunded_in_part_is_shipped_again(shop: Shop) -> None:
    order_id = await shop.at("shipping")
    await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"amount": "1.00", "reason": "late"}, headers=shop.admin
    )

    await shop.shipping(order_id, "packed")

    assert await shop.status(order_id) == "packed"


async def test_a_customer_reads_neither_names_nor_texts_of_the_staff(shop: Shop) -> None:
    order_id = await shop.at("production")
    await shop.cancel(order_id, shop.admin, "the customer is rude")

    own = (await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.customer)).json()
    full = (await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.admin)).json()

    hidden = [event for event in own if event["to_status"] in ("production", "cancelled")]
    assert {(event["actor"], event["reason"]) for event in hidden[:2]} == {("bakery", "")}
    assert "rude" not in str(own)
    assert "the customer is rude" in [event["reason"] for event in full]
    assert str(BUN) not in str(own)
