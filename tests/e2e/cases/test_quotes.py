"""A price is a quote: what the customer saw is what is paid, or he agrees anew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.cases.shop import Person, Shop
from tests.support import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def require_new_agreement(shop: Shop, who: Person, order_id: str, old: str, new: str) -> None:
    """Pay is refused with both totals, and nothing was opened at payment."""
    path = f"/api/orders/{order_id}/request-payment"
    refused = await shop.refused(who, "POST", path, status=409)

    assert refused["code"] == "QUOTE_CHANGED"
    assert refused["metadata"] == {"old_total": old, "new_total": new, "currency": "EUR"}
    assert (await shop.call(who, "GET", f"/api/payments/order/{order_id}"))["items"] == []
    assert (await shop.read(who, order_id))["status"] == "pending"


async def test_a_coupon_that_ends_before_pay_is_named_and_the_new_price_needs_a_new_yes(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: an order with a coupon that had ended was paid at the coupon's price."""
    coupon = await shop.coupon(value="50")
    order_id = await shop.order(customer, product, 2)
    assert (await shop.details(customer, order_id, coupon["code"]))["total"] == "20.00"
    end = datetime.now(UTC) + timedelta(seconds=0.3)
    await shop.change_coupon(coupon, ends_at=end.isoformat())
    await until(lambda: datetime.now(UTC) > end)

    refused = await shop.refused(customer, "POST", f"/api/orders/{order_id}/request-payment", status=409)

    assert refused["code"] == "COUPON_NOT_USABLE"
    assert coupon["code"] in refused["detail"]
    assert (await shop.call(customer, "GET", f"/api/payments/order/{order_id}"))["items"] == []
    assert (await shop.details(customer, order_id))["total"] == "40.00"
    await shop.pay(customer, order_id)


async def test_a_coupon_that_is_deleted_and_a_price_that_rises_need_a_new_yes(
    shop: Shop, customer: Person
) -> None:
    """Reported: with coupon deleted and price raised, the old total was taken."""
    product = await shop.product(price=None)
    price = await shop.price(product, "20.00")
    coupon = await shop.coupon(value="90")
    order_id = await shop.order(customer, product, 2)
    assert (await shop.details(customer, order_id, coupon["code"]))["total"] == "4.00"
    await shop.call(shop.admin, "DELETE", f"/api/coupons/{coupon['coupon_id']}")
    await shop.change_price(price, unit_price="25.00")

    refused = await shop.refused(customer, "POST", f"/api/orders/{order_id}/request-payment", status=409)
    assert refused["code"] == "COUPON_NOT_USABLE"
    assert coupon["code"] in refused["detail"]

    assert (await shop.details(customer, order_id))["total"] == "50.00"
    await shop.pay(customer, order_id)


async def test_a_price_that_rises_is_told_with_both_totals(shop: Shop, customer: Person) -> None:
    product = await shop.product(price=None)
    price = await shop.price(product, "20.00")
    order_id = await shop.order(customer, product, 1)
    await shop.details(customer, order_id)
    await shop.change_price(price, unit_price="25.00")

    await require_new_agreement(shop, customer, order_id, "24.90", "29.90")

    assert (await shop.details(customer, order_id))["total"] == "29.90"


async def test_a_product_between_two_prices_stays_in_the_cart_and_is_not_paid(
    shop: Shop, customer: Person
) -> None:
    """Its price has ended, and the next one begins tomorrow."""
    product = await shop.product(price=None)
    price = await shop.price(product, "20.00")
    order_id = await shop.order(customer, product)
    await shop.details(customer, order_id)
    buyer = await shop.customer()
    await shop.fill_cart(buyer, product)
    end = datetime.now(UTC) + timedelta(seconds=0.3)
    await shop.change_price(price, valid_until=end.isoformat())
    await shop.price(product, "25.00", valid_from=(end + timedelta(days=1)).isoformat())
    await until(lambda: datetime.now(UTC) > end)

    items = {"items": [{"product_id": product, "quantity": 1}]}
    quoted = await shop.refused(None, "POST", "/api/quotes", items, status=404)
    out = await shop.refused(buyer, "POST", "/api/carts/checkout", status=409)
    refused = await shop.refused(customer, "POST", f"/api/orders/{order_id}/request-payment", status=409)

    assert (quoted["code"], quoted["metadata"]["product_id"]) == ("PRICE_NOT_FOUND", product)
    for each in (out, refused):
        assert (each["code"], each["metadata"]["product_ids"]) == ("PRODUCT_NOT_FOR_SALE", product)
    assert await shop.cart(buyer) == {product: 1}
    assert (await shop.call(buyer, "GET", f"/api/orders/user/{buyer.user_id}"))["items"] == []
    assert (await shop.call(customer, "GET", f"/api/payments/order/{order_id}"))["items"] == []
    await shop.price(product, "22.00")
    assert (await shop.details(customer, order_id))["total"] == "26.90"
    await shop.details(buyer, await shop.check_out(buyer))


async def test_a_tax_that_changes_is_agreed_to_before_it_is_on_a_receipt(
    shop: Shop, customer: Person
) -> None:
    product = await shop.product("10.70")
    order_id = await shop.order(customer, product)
    assert (await shop.details(customer, order_id))["lines"][0]["tax_total"] == "0.70"
    await shop.change_product(product, tax_category="standard")

    await require_new_agreement(shop, customer, order_id, "15.60", "15.60")

    assert (await shop.details(customer, order_id))["lines"][0]["tax_total"] == "1.71"
    await shop.pay(customer, order_id)


@pytest.mark.parametrize("end", ["taken off sale", "deleted"])
async def test_a_product_that_is_no_more_for_sale_is_not_paid(shop: Shop, customer: Person, end: str) -> None:
    """Reported: it was paid and produced, as a line without a name."""
    product, other = await shop.product(), await shop.product("5.00")
    items = [{"product_id": each, "quantity": 1} for each in (product, other)]
    order_id = (await shop.call(customer, "POST", "/api/orders", {"items": items}))["order_id"]
    await shop.details(customer, order_id)
    if end == "deleted":
        await shop.call(shop.admin, "DELETE", f"/api/products/{product}")
    else:
        await shop.change_product(product, active=False)

    for method, path, body in (
        ("POST", "request-payment", None),
        ("PUT", "details", {"address_id": customer.address_id, "coupon_codes": []}),
    ):
        refused = await shop.refused(customer, method, f"/api/orders/{order_id}/{path}", body, status=409)
        assert refused["code"] == "PRODUCT_NOT_FOR_SALE"
        assert refused["metadata"]["product_ids"] == product, refused

    assert (await shop.call(customer, "GET", f"/api/payments/order/{order_id}"))["items"] == []
    await shop.call(customer, "DELETE", f"/api/orders/{order_id}/lines/{product}")
    assert (await shop.details(customer, order_id))["total"] == "9.90"
    await shop.pay(customer, order_id)


async def test_the_same_details_again_leave_an_open_payment_the_orders_own(
    shop: Shop, customer: Person
) -> None:
    """Reported: after a reload the payment was refunded, and the order stayed pending."""
    product = await shop.product("14.95")
    order_id = await shop.order(customer, product, 3)
    assert (await shop.details(customer, order_id))["total"] == "44.85"
    page = await shop.press_pay(customer, order_id)

    assert (await shop.details(customer, order_id))["total"] == "44.85"
    await shop.confirm(customer, page)

    order = await shop.until_order(customer, order_id, status="paid")
    assert (order["payment_id"], order["payment_status"]) == (page["payment_intent_id"], "SUCCEEDED")
    payments = await shop.call(customer, "GET", f"/api/payments/order/{order_id}")
    assert [each["status"] for each in payments["items"]] == ["SUCCEEDED"]


async def test_a_cart_is_priced_with_coupons_before_there_is_an_address(shop: Shop, product: str) -> None:
    """Reported: nobody could read a discounted price, or try a coupon, before an address was chosen."""
    coupon = await shop.coupon("FIXED", "5.00", description="Five off")
    body: dict[str, Any] = {
        "items": [{"product_id": product, "quantity": 1}],
        "coupon_codes": [coupon["code"], "NO-SUCH-CODE"],
    }

    quote = await shop.call(None, "POST", "/api/quotes", body, expect=200)

    line = quote["lines"][0]
    assert (line["product_id"], line["unit_price"], line["total"]) == (product, "20.00", "15.00")
    assert [(each["coupon_code"], each["amount"]) for each in quote["discounts"]] == [
        (coupon["code"], "5.00")
    ]
    assert (quote["subtotal"], quote["delivery_total"], quote["grand_total"]) == ("20.00", "4.90", "19.90")
    assert [(each["code"], each["reason"]) for each in quote["refused_coupons"]] == [
        ("NO-SUCH-CODE", "UNKNOWN")
    ]
    customer = await shop.customer()
    order_id = await shop.order(customer, product)
    ordered = await shop.details(customer, order_id, coupon["code"])
    assert (ordered["total"], ordered["tax_total"]) == (quote["grand_total"], quote["tax_total"])
