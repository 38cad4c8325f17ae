"""Details: address, coupons and prices make the intent a full order."""

from uuid import uuid4

import pytest
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingRequest, CalculateOrderPricingResponse

from tests.services.order.conftest import ADDRESS, Shop, price
from tests.support import problem


async def test_details_price_the_order(shop: Shop) -> None:
    order = await shop.details(await shop.intent(), ["SAVE1"])

    assert [line["line_total"] for line in order["lines"]] == ["5.00", "2.50"]
    amounts = [order[name] for name in ("subtotal", "discount_total", "shipping_total", "total")]
    assert amounts == ["7.50", "1.00", "4.90", "11.40"]
    assert order["shipping_address"]["city"] == "Berlin"
    assert order["coupon_codes"] == ["SAVE1"]


async def test_somebody_elses_address_is_refused(shop: Shop) -> None:
    order_id = await shop.intent()

    response = await shop.http.put(
        f"/api/orders/{order_id}/details", json={"address_id": str(uuid4())}, headers=shop.customer
    )

    assert response.status_code == 400
    assert problem(response)["errors"][0]["field"] == "address_id"
    order = await shop.database.fetchrow("SELECT total, shipping_address_id FROM orders")
    assert tuple(order) == (None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "address_id"),
        ({"address_id": "x"}, "address_id"),
        ({"address_id": str(ADDRESS), "coupon_codes": [1]}, "coupon_codes"),
        ({"address_id": str(ADDRESS), "coupon_codes": ["A"] * 6}, "coupon_codes"),
        ({"address_id": str(ADDRESS), "coupon_codes": ["SAVE1", "  "]}, "coupon_codes[1]"),
        ({"address_id": str(ADDRESS), "nonsense": 1}, "nonsense"),
    ],
)
async def test_bad_details_name_the_field(shop: Shop, body: dict[str, object], field: str) -> None:
    order_id = await shop.intent()

    response = await shop.http.put(f"/api/orders/{order_id}/details", json=body, headers=shop.customer)

    assert response.status_code == 400
    assert field in problem(response)["errors"][0]["field"]


async def test_an_order_is_priced_whole_or_not_at_all(shop: Shop) -> None:
    def without_the_last(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
        priced = price(request)
        del priced.lines[-1]
        return priced

    shop.pricing.price = without_the_last
    order_id = await shop.intent()

    response = await shop.http.put(
        f"/api/orders/{order_id}/details", json={"address_id": str(ADDRESS)}, headers=shop.customer
    )

    assert (response.status_code, problem(response)["code"]) == (503, "PEER_FAILED")
    order = await shop.database.fetchrow("SELECT total, shipping_address_id FROM orders")
    assert tuple(order) == (None, None)


async def test_an_order_that_is_cancelled_meanwhile_keeps_no_details(shop: Shop) -> None:
    order_id = await shop.intent()

    async def cancel_and_price(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
        await shop.http.delete(f"/api/orders/{order_id}", headers=shop.customer)
        return price(request)

    shop.peers.answer("CalculateOrderPricing", cancel_and_price)
    response = await shop.http.put(
        f"/api/orders/{order_id}/details", json={"address_id": str(ADDRESS)}, headers=shop.customer
    )

    assert (response.status_code, problem(response)["code"]) == (409, "ORDER_NOT_PENDING")
    order = await shop.database.fetchrow("SELECT status, total FROM orders")
    assert tuple(order) == ("cancelled", None)
    lines = await shop.database.fetch("SELECT 1 FROM order_lines WHERE unit_price IS NOT NULL")
    assert lines == []
