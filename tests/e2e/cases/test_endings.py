"""An order that is not delivered ends: money, coupons, cart, kitchen and shipping follow."""

import pytest

from tests.e2e.cases.shop import Person, Shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def until_refunded(shop: Shop, who: Person, order_id: str, amount: str) -> None:
    order = await shop.until_order(who, order_id, status="cancelled", refunded_total=amount)
    assert order["total"] == amount
    path = f"/api/payments/order/{order_id}"
    await shop.until(who, path, lambda page: [each["status"] for each in page["items"]] == ["REFUNDED"])
    await shop.until_told(who, "order_cancelled", order_id)


async def test_a_customer_cancels_a_paid_order_and_has_his_money_back(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: nobody could cancel a paid order."""
    order_id = await shop.buy(customer, product)

    await shop.call(customer, "POST", f"/api/orders/{order_id}/cancel", {"reason": "Too many buns."})

    await until_refunded(shop, customer, order_id, "24.90")
    refused = await shop.refused(shop.admin, "POST", f"/api/orders/{order_id}/produce", status=409)
    assert refused["code"] == "ORDER_TRANSITION_NOT_ALLOWED"


async def test_an_admin_cancels_an_order_in_production_and_the_kitchen_stops(
    shop: Shop, customer: Person, product: str
) -> None:
    order_id = await shop.buy(customer, product)
    job = (await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/produce"))["production_order_id"]
    refused = await shop.refused(customer, "POST", f"/api/orders/{order_id}/cancel", {}, status=409)
    assert refused["code"] == "ORDER_TRANSITION_NOT_ALLOWED"
    assert (await shop.read(customer, order_id))["status"] == "production"

    await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/cancel", {"reason": "The oven is broken."})

    path = f"/api/production-orders/{job}"
    stopped = await shop.until(shop.staff["kitchen"], path, lambda seen: seen["phase"] == "CANCELLED")
    assert stopped["cancel_reason"] == "The oven is broken."
    await shop.refused(shop.staff["kitchen"], "PUT", f"{path}/phase", {"phase": "BAKING"}, status=409)
    await until_refunded(shop, customer, order_id, "24.90")


async def test_an_admin_cancels_a_packed_order_and_shipping_stops(
    shop: Shop, customer: Person, product: str
) -> None:
    order_id = await shop.buy(customer, product)
    await shop.pack(order_id)
    asked = await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/request-shipping")

    await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/cancel", {"reason": "Dropped."})

    path = f"/api/shipments/{asked['shipment_id']}"
    await shop.until(shop.admin, path, lambda seen: seen["status"] == "CANCELLED")
    await until_refunded(shop, customer, order_id, "24.90")


async def test_an_order_that_nobody_pays_expires_with_its_intent_and_fills_the_cart_again(
    shop: Shop, product: str
) -> None:
    """Reported: it stayed for ever, and so did its price."""
    customer = await shop.customer()
    await shop.fill_cart(customer, product, 2)
    order_id = await shop.check_out(customer)
    await shop.details(customer, order_id)
    page = await shop.press_pay(customer, order_id)
    await shop.until(customer, f"/api/carts/user/{customer.user_id}", lambda cart: not cart["items"])

    await shop.run_delayed("order", "ExpireOrder")

    await shop.until_order(customer, order_id, status="cancelled")
    await require_unpayable(shop, customer, page)
    path = f"/api/carts/user/{customer.user_id}"
    cart = await shop.until(customer, path, lambda cart: cart["items"])
    assert [(item["product_id"], item["quantity"]) for item in cart["items"]] == [(product, 2)]
    await shop.until_told(customer, "order_cancelled", order_id)


async def require_unpayable(shop: Shop, who: Person, page: dict[str, str]) -> None:
    path = f"/api/payments/{page['payment_intent_id']}"
    await shop.until(who, path, lambda payment: payment["status"] == "FAILED")
    answer = await shop.confirm(who, page, expect=400)
    assert answer["error"]["code"] == "payment_intent_unexpected_state"


async def test_a_pending_order_that_is_cancelled_fills_the_cart_and_cannot_be_paid(
    shop: Shop, product: str
) -> None:
    """Reported: cart not restored, customer not told, the intent still payable."""
    customer = await shop.customer()
    await shop.fill_cart(customer, product, 3)
    order_id = await shop.check_out(customer)
    await shop.details(customer, order_id)
    page = await shop.press_pay(customer, order_id)

    await shop.call(customer, "POST", f"/api/orders/{order_id}/cancel", {})

    await require_unpayable(shop, customer, page)
    path = f"/api/carts/user/{customer.user_id}"
    cart = await shop.until(customer, path, lambda cart: cart["items"])
    assert [(item["product_id"], item["quantity"]) for item in cart["items"]] == [(product, 3)]
    await shop.until_told(customer, "order_cancelled", order_id)


async def test_a_delivery_that_failed_is_told_and_shipped_again_or_cancelled(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: the order stayed on the road for ever, and the customer was not told."""
    order_id = await shop.buy(customer, product)
    await shop.pack(order_id)
    for _ in range(2):
        shipment_id = await shop.ship(order_id)
        await shop.report(shipment_id, "OUT_FOR_DELIVERY")
        await shop.report(shipment_id, "FAILED", reason="Nobody opened.")
        told = await shop.until_told(customer, "shipment_failed", shipment_id)
        assert "Nobody opened." in told["body"]
        await shop.call(shop.admin, "DELETE", f"/api/shipments/{shipment_id}")
        order = await shop.until_order(customer, order_id, status="packed")
        assert order["shipment_id"] is None

    await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/cancel", {"reason": "Unreachable."})

    await until_refunded(shop, customer, order_id, "24.90")


async def test_no_mail_of_an_order_has_an_id_for_a_name(shop: Shop, product: str) -> None:
    """Reported: mails named order and goods by ids that nobody can read to each other on the phone."""
    customer = await shop.customer()
    unpriced = await shop.order(customer, product)
    await shop.call(customer, "POST", f"/api/orders/{unpriced}/cancel", {})
    order_id = await shop.buy(customer, product)
    order = await shop.read(customer, order_id)

    mails = [
        await shop.until_told(customer, "order_cancelled", unpriced),
        await shop.until_told(customer, "order_paid", order_id),
        await shop.until_told(customer, "payment_succeeded", order["payment_id"]),
    ]

    for mail in mails:
        assert not {each for each in (unpriced, order_id, product) if each in mail["body"]}, mail["body"]
    assert all(order["order_number"] in mail["body"] for mail in mails[1:])
