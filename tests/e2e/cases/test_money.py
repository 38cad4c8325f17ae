"""What can be charged is asked for, and what was asked for is what counts as paid."""

import json
import time
import uuid

import httpx
import pytest
from bunmart_dev.stripe_emulator.webhooks import signature_header

from tests.e2e.cases.shop import Person, Shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def test_a_price_in_yen_has_a_fee_in_yen_and_is_paid(shop: Shop, customer: Person) -> None:
    """Reported: the fee was 4.90 JPY, and Pay refused the total as too fine."""
    product = await shop.product(price=None)
    await shop.price(product, "1500", currency_code="JPY")
    order_id = await shop.order(customer, product)

    order = await shop.details(customer, order_id)

    assert (order["currency_code"], order["shipping_total"], order["total"]) == ("JPY", "600.00", "2100.00")
    await shop.pay(customer, order_id)
    payments = await shop.call(customer, "GET", f"/api/payments/order/{order_id}")
    assert [(each["amount"], each["currency_code"]) for each in payments["items"]] == [("2100.00", "JPY")]
    await shop.call(customer, "POST", f"/api/orders/{order_id}/cancel", {})
    await shop.until_order(customer, order_id, status="cancelled", refunded_total="2100.00")


@pytest.mark.parametrize(
    ("price", "currency", "field"),
    [
        ("2.00", "KWD", "currency_code"),
        ("50.00", "UGX", "currency_code"),
        ("10.50", "ISK", "currency_code"),
        ("10.00", "EUX", "currency_code"),
        ("10.00", "USD", "currency_code"),
        ("15.50", "JPY", "unit_price"),
        ("0.005", "EUR", "unit_price"),
    ],
)
async def test_a_price_that_cannot_be_charged_is_refused_when_it_is_made(
    shop: Shop, price: str, currency: str, field: str
) -> None:
    """Reported: it was accepted, and Pay refused."""
    product = await shop.product(price=None)
    body = {"product_id": product, "unit_price": price, "currency_code": currency}

    refused = await shop.refused(shop.admin, "POST", "/api/prices", body, status=400)

    assert [each["field"] for each in refused["errors"]] == [field]
    found = await shop.call(None, "GET", f"/api/prices?product_ids={product}")
    assert found["items"] == []


async def test_an_order_that_no_card_pays_is_refused_before_pay(shop: Shop, customer: Person) -> None:
    dear, bun = await shop.product("990000.00"), await shop.product("5.00")
    nearly = [await shop.coupon("FIXED", "4.51"), await shop.coupon("FREE_DELIVERY", "0")]
    body = {"items": [{"product_id": dear, "quantity": 2}]}
    large = await shop.refused(customer, "POST", "/api/orders", body, status=409)
    order_id = await shop.order(customer, bun)
    small = await shop.details(customer, order_id, *(each["code"] for each in nearly), expect=409)

    assert {large["code"], small["code"]} == {"TOTAL_NOT_CHARGEABLE"}
    assert (await shop.read(customer, order_id))["total"] is None


async def test_a_success_over_another_amount_pays_nothing(shop: Shop, customer: Person) -> None:
    """Reported: a webhook that said succeeded with amount 1 was taken for 7.10."""
    product = await shop.product("2.20")
    order_id = await shop.order(customer, product)
    assert (await shop.details(customer, order_id))["total"] == "7.10"
    page = await shop.press_pay(customer, order_id)
    intent = page["client_secret"].partition("_secret_")[0]
    found = {
        "id": intent,
        "object": "payment_intent",
        "amount": 1,
        "amount_received": 1,
        "currency": "eur",
        "status": "succeeded",
        "metadata": {"payment_id": page["payment_intent_id"], "order_id": order_id},
        "latest_charge": None,
    }

    assert (await deliver(shop, "payment_intent.succeeded", found)).status_code == 200

    payment = await shop.until(
        shop.admin,
        f"/api/payments/{page['payment_intent_id']}",
        lambda seen: seen["status"] != "PENDING",
    )
    assert payment["status"] != "SUCCEEDED"
    await shop.until_order(customer, order_id, status="pending", payment_status="FAILED")


async def deliver(shop: Shop, kind: str, found: dict[str, object]) -> httpx.Response:
    """Send a signed event to the webhook, as Stripe does."""
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": "2024-06-20",
        "created": int(time.time()),
        "type": kind,
        "data": {"object": found},
        "livemode": False,
        "pending_webhooks": 1,
        "request": None,
    }
    payload = json.dumps(event).encode()
    secret = shop.secrets.get("stripe/webhook-secret", "whsec_")
    headers = {"stripe-signature": signature_header(payload, secret, int(time.time()))}
    return await shop.client.post("/webhooks/stripe", content=payload, headers=headers)
