"""Orders that the release before has written: without number, taxes and names."""

from uuid import uuid4

from tests.services.order.conftest import BUN, PAYMENT, USER, Shop
from tests.support import problem

ORDER = (
    "INSERT INTO orders (id, user_id, status, currency_code, subtotal, discount_total, shipping_total, total, "
    "coupon_codes, shipping_address_id, shipping_address, payment_id, payment_status, created_at, updated_at) "
    "VALUES ($1, $2, $3, 'EUR', 5, 1, 0, 4, '{}', $1, '{\"line1\": \"1 Oven St\"}', $4, $5, now(), now())"
)
LINE = (
    "INSERT INTO order_lines (order_id, product_id, position, quantity, unit_price, line_total) "
    "VALUES ($1, $2, 0, 2, 2.50, 5.00)"
)


async def _old(shop: Shop, status: str, payment_status: str) -> str:
    order_id = uuid4()
    await shop.database.execute(ORDER, order_id, USER, status, PAYMENT, payment_status)
    await shop.database.execute(LINE, order_id, BUN)
    return str(order_id)


async def test_an_old_order_is_read_and_has_a_receipt(shop: Shop) -> None:
    order_id = await _old(shop, "paid", "SUCCEEDED")

    order = await shop.read(order_id)
    receipt = await shop.http.get(f"/api/orders/{order_id}/receipt", headers=shop.customer)

    assert (order["order_number"], order["note"], order["refunded_total"]) == (order_id[-12:], "", "0.00")
    assert receipt.status_code == 200
    assert "4.00" in receipt.text


async def test_an_old_paid_order_is_cancelled_with_its_money(shop: Shop) -> None:
    order_id = await _old(shop, "paid", "SUCCEEDED")

    await shop.cancel(order_id, shop.customer)
    await shop.service.settle()

    assert len(shop.peers.calls("RefundOrder")) == 1
    assert (await shop.read(order_id))["refunded_total"] == "4.00"


async def test_an_old_open_payment_still_pays(shop: Shop) -> None:
    order_id = await _old(shop, "pending", "PENDING")

    await shop.payment_result(order_id, "SUCCEEDED")

    assert await shop.status(order_id) == "paid"


async def test_an_old_quote_is_agreed_anew(shop: Shop) -> None:
    order_id = await _old(shop, "pending", "FAILED")
    pay = f"/api/orders/{order_id}/request-payment"

    refused = await shop.http.post(pay, headers=shop.customer)

    assert (refused.status_code, problem(refused)["code"]) == (409, "QUOTE_EXPIRED")
    await shop.details(order_id)
    assert (await shop.http.post(pay, headers=shop.customer)).status_code == 200
