"""Amounts that Stripe cannot charge are refused when the price is made, not when it is paid."""

from tests.money.conftest import BREAD, Shop
from tests.support import problem


async def test_a_price_that_can_never_be_charged_is_refused(shop: Shop) -> None:
    for currency, most in {"EUR": "999999.99", "JPY": "99999999"}.items():
        body = {"product_id": str(BREAD), "currency_code": currency}
        more = str(int(most.split(".")[0]) + 1)
        refused = await shop.pricing.http.post(
            "/api/prices", json={**body, "unit_price": more}, headers=shop.admin
        )
        assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "unit_price")
        await shop.add("price", **body, unit_price=most)


async def test_an_order_that_is_too_large_to_charge_gets_no_price(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="999999.99")
    await shop.add("coupon", code="FREE", type="PERCENT", value="100")
    order_id = await shop.intent((BREAD, 1))
    line = {"quantity": 1000, "note": ""}
    await shop.order.http.put(f"/api/orders/{order_id}/lines/{BREAD}", json=line, headers=shop.admin)
    coupons: tuple[str, ...]
    for coupons in ((), ("FREE",)):
        refused = await shop.details(order_id, *coupons)
        assert (refused.status_code, problem(refused)["code"]) == (409, "TOTAL_NOT_CHARGEABLE")
        assert problem(refused)["metadata"] == {
            "reason": "TOO_LARGE",
            "limit": "999999.99",
            "currency": "EUR",
        }
    assert (await shop.read(order_id))["total"] is None


async def test_an_order_that_is_too_small_to_charge_gets_no_price(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="0.49")
    await shop.add("coupon", code="SHIP", type="FREE_DELIVERY")
    await shop.add("coupon", code="GIFT", type="PERCENT", value="100")
    order_id = await shop.intent((BREAD, 1))

    refused = await shop.details(order_id, "SHIP")

    assert (refused.status_code, problem(refused)["code"]) == (409, "TOTAL_NOT_CHARGEABLE")
    assert problem(refused)["metadata"] == {"reason": "TOO_SMALL", "limit": "0.50", "currency": "EUR"}
    assert (await shop.read(order_id))["total"] is None
    given = await shop.details(order_id, "SHIP", "GIFT")
    assert given.json()["total"] == "0.00"
    await shop.buy(order_id)


async def test_a_quote_says_what_cannot_be_charged(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="0.49")
    await shop.add("price", product_id=str(BREAD), unit_price="1", minimum_quantity=1, currency_code="JPY")
    await shop.add("coupon", code="SHIP", type="FREE_DELIVERY")
    found = {}
    for currency in ("EUR", "JPY"):
        body = {
            "items": [{"product_id": str(BREAD), "quantity": 1}],
            "coupon_codes": ["SHIP"],
            "currency_code": currency,
        }
        quote = (await shop.pricing.http.post("/api/quotes", json=body)).json()
        found[currency] = (quote["grand_total"], quote["not_chargeable"])
    assert found == {
        "EUR": ("0.49", {"reason": "TOO_SMALL", "limit": "0.50"}),
        "JPY": ("1.00", {"reason": "TOO_SMALL", "limit": "50.00"}),
    }
