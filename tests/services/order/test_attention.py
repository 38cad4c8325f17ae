"""The attention of an order: what an admin has to look at, and sees to."""

from typing import Any

from bunmart.payment.v1.payment_pb2 import RefundOrderResponse
from bunmart.shipping.v1.shipping_pb2 import CancelShipmentResponse

from tests.services.order.conftest import Shop
from tests.support import problem


async def _listed(shop: Shop) -> list[str]:
    page = await shop.http.get("/api/orders", params={"attention": True}, headers=shop.admin)
    return [order["order_id"] for order in page.json()["items"]]


async def _needy(shop: Shop) -> tuple[str, dict[str, Any]]:
    """A cancelled order whose shipment is on the road and whose refund failed."""
    order_id = await shop.at("packed")
    shop.peers.answer("CancelShipment", CancelShipmentResponse(status="OUT_FOR_DELIVERY"))
    shop.peers.answer("RefundOrder", RefundOrderResponse(status="FAILED"))
    await shop.cancel(order_id, shop.admin)
    await shop.service.settle()
    return order_id, await shop.read(order_id)


async def test_an_order_that_needs_an_admin_is_listed_with_all_that_is_to_do(shop: Shop) -> None:
    await shop.at("pending")
    order_id, order = await _needy(shop)

    assert await _listed(shop) == [order_id]
    assert "its shipment is OUT_FOR_DELIVERY." in order["attention"]
    assert "failed" in order["attention"]


async def test_what_is_seen_to_is_cleared_once_and_stays_in_the_history(shop: Shop) -> None:
    order_id, order = await _needy(shop)
    path = f"/api/orders/{order_id}"

    answers = [await shop.http.delete(f"{path}/attention", headers=shop.admin) for _ in range(2)]

    assert [answer.json()["attention"] for answer in answers] == ["", ""]
    assert await _listed(shop) == []
    history = (await shop.http.get(f"{path}/history", headers=shop.admin)).json()
    seen = f"seen to: {order['attention']}"
    assert [event["reason"] for event in history].count(seen) == 1
    own = (await shop.http.get(f"{path}/history", headers=shop.customer)).json()
    assert "seen to" not in str(own)


async def test_nobody_but_an_admin_sees_to_it(shop: Shop) -> None:
    order_id, order = await _needy(shop)
    path = f"/api/orders/{order_id}/attention"

    for headers in (shop.customer, shop.stranger):
        refused = await shop.http.delete(path, headers=headers)
        assert (refused.status_code, problem(refused)["code"]) == (403, "PERMISSION_DENIED")
        listed = await shop.http.get("/api/orders", params={"attention": True}, headers=headers)
        assert listed.status_code == 403
    assert (await shop.http.delete(path)).status_code == 401
    assert (await shop.read(order_id))["attention"] == order["attention"]
