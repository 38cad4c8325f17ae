"""A price is a quote: what the customer saw is what he pays, or he agrees anew."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingRequest, CalculateOrderPricingResponse
from bunmart_chassis.errors import BunmartError, FailedPreconditionError, NotFoundError

from tests.services.order.conftest import ADDRESS, BILLING, Shop, price
from tests.support import problem


def _dearer(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
    priced = price(request)
    priced.grand_total = "15.00"
    return priced


async def _pay(shop: Shop, order_id: str) -> Any:
    return await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)


async def _quoted(shop: Shop) -> str:
    order_id = await shop.intent()
    await shop.details(order_id, ["SAVE1"])
    return order_id


async def test_a_price_that_changed_is_not_paid(shop: Shop) -> None:
    order_id = await _quoted(shop)
    before = await shop.read(order_id)
    shop.pricing.price = _dearer

    response = await _pay(shop, order_id)

    answer = problem(response)
    assert (response.status_code, answer["code"]) == (409, "QUOTE_CHANGED")
    assert answer["metadata"] == {"old_total": "11.40", "new_total": "15.00", "currency": "EUR"}
    assert await shop.read(order_id) == before
    assert shop.peers.calls("CreatePaymentIntent") == []
    assert (await shop.details(order_id, ["SAVE1"]))["total"] == "15.00"
    assert (await _pay(shop, order_id)).status_code == 200


async def test_an_old_quote_is_not_paid(open_shop: Callable[..., Awaitable[Shop]], shop: Shop) -> None:
    slow = await open_shop(quote_lifetime_seconds=0)
    order_id = await _quoted(slow)

    response = await _pay(slow, order_id)

    answer = problem(response)
    assert (response.status_code, answer["code"]) == (409, "QUOTE_EXPIRED")
    assert answer["metadata"] == {"old_total": "11.40", "new_total": "11.40", "currency": "EUR"}
    assert shop.peers.calls("CreatePaymentIntent") == shop.peers.calls("ReserveOrderPricing") == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FailedPreconditionError("Coupon X has ended.", code="COUPON_NOT_USABLE"), "COUPON_NOT_USABLE"),
        (NotFoundError("No product.", code="PRODUCT_NOT_FOUND"), "PRODUCT_NOT_FOR_SALE"),
        (NotFoundError("No price.", code="PRICE_NOT_FOUND"), "PRODUCT_NOT_FOR_SALE"),
    ],
)
async def test_a_coupon_or_product_that_cannot_be_had_is_named(
    shop: Shop, error: BunmartError, code: str
) -> None:
    order_id = await _quoted(shop)
    shop.peers.fail("ReserveOrderPricing", error)
    shop.peers.fail("CalculateOrderPricing", error)

    paid = await _pay(shop, order_id)
    detailed = await shop.http.put(
        f"/api/orders/{order_id}/details", json={"address_id": str(ADDRESS)}, headers=shop.customer
    )

    for response in (paid, detailed):
        assert (response.status_code, problem(response)["code"]) == (409, code)
    assert shop.peers.calls("CreatePaymentIntent") == []
    assert (await shop.read(order_id))["total"] == "11.40"


async def test_the_same_details_again_keep_the_open_payment(shop: Shop) -> None:
    order_id = await _quoted(shop)
    await _pay(shop, order_id)

    again = await shop.details(order_id, ["SAVE1"])

    assert again["payment_id"] is not None
    await shop.payment_result(order_id, "SUCCEEDED")
    assert await shop.status(order_id) == "paid"


async def test_a_tax_that_changes_within_the_same_total_needs_a_new_yes(shop: Shop) -> None:
    """The receipt would have the tax of yesterday."""
    order_id = await _quoted(shop)

    def taxed_otherwise(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
        priced = price(request)
        priced.lines[0].tax_rate, priced.lines[0].tax_total, priced.tax_total = "19", "0.64", "1.58"
        return priced

    shop.pricing.price = taxed_otherwise
    refused = problem(await _pay(shop, order_id))

    assert (refused["status"], refused["code"]) == (409, "QUOTE_CHANGED")
    assert (refused["metadata"]["old_total"], refused["metadata"]["new_total"]) == ("11.40", "11.40")
    assert shop.peers.calls("CreatePaymentIntent") == []
    again = await shop.details(order_id, ["SAVE1"])
    assert (again["total"], again["tax_total"]) == ("11.40", "1.58")
    assert (await _pay(shop, order_id)).status_code == 200


async def test_other_coupons_end_the_open_payment(shop: Shop) -> None:
    order_id = await _quoted(shop)
    await _pay(shop, order_id)

    again = await shop.details(order_id, ["OTHER"])

    assert again["payment_id"] is None


async def test_the_reservation_names_order_total_and_time(shop: Shop) -> None:
    order_id = await _quoted(shop)
    await _pay(shop, order_id)

    (request,) = shop.peers.requests("ReserveOrderPricing")
    assert (request.expected_total, request.expected_tax_total) == ("11.40", "1.20")
    assert (request.order.order_id, request.hold_seconds) == (order_id, 2400)
    assert list(request.order.coupon_codes) == ["SAVE1"]


async def test_coupons_are_counted_when_paid_and_given_back_when_payment_fails(shop: Shop) -> None:
    order_id = await _quoted(shop)
    await _pay(shop, order_id)
    await shop.payment_result(order_id, "FAILED")
    await shop.service.settle()
    assert shop.pricing.settled == ["RELEASED"]

    await shop.pay(order_id)
    await shop.service.settle()

    assert shop.pricing.settled == ["RELEASED", "USED"]


async def test_pricing_hears_of_a_paid_order_without_coupons_but_not_of_its_failed_payment(
    shop: Shop,
) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await _pay(shop, order_id)
    await shop.payment_result(order_id, "FAILED")
    await shop.service.settle()
    assert shop.pricing.settled == []

    await shop.pay(order_id)
    await shop.service.settle()

    assert shop.pricing.settled == ["USED"]


async def test_each_end_of_a_payment_names_its_attempt(shop: Shop) -> None:
    order_id = await _quoted(shop)
    for _ in range(2):
        await _pay(shop, order_id)
        await shop.payment_result(order_id, "FAILED")
        await shop.payment_result(order_id, "FAILED")
        await shop.service.settle()
    await _pay(shop, order_id)
    await shop.cancel(order_id, shop.customer)
    await shop.service.settle()

    assert [request.attempt for request in shop.peers.requests("ReserveOrderPricing")] == [1, 2, 3]
    ends = [(request.outcome, request.attempt) for request in shop.peers.requests("SettleOrderPricing")]
    assert ends == [("RELEASED", 1), ("RELEASED", 2), ("RELEASED", 0)]


async def test_a_coupon_that_is_typed_twice_is_listed_once(shop: Shop) -> None:
    order = await shop.details(await shop.intent(), ["SAVE1", "save1", " Save1 "])
    assert order["coupon_codes"] == ["SAVE1"]


async def test_an_open_payment_stays_when_the_same_coupons_are_typed_otherwise(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id, ["SAVE1", "MORE"])
    payment_id = (await _pay(shop, order_id)).json()["payment_intent_id"]

    again = await shop.details(order_id, ["more", "save1"])

    assert (again["payment_id"], again["payment_status"]) == (payment_id, "PENDING")


async def test_goods_discounts_tax_and_both_addresses_are_kept_as_sold(shop: Shop) -> None:
    order_id = await shop.intent(note="severe nut allergy", bun_note="Happy 40, Ann!")
    body = {"address_id": str(ADDRESS), "billing_address_id": str(BILLING), "coupon_codes": ["SAVE1"]}
    await shop.http.put(f"/api/orders/{order_id}/details", json=body, headers=shop.customer)

    order = await shop.read(order_id)

    assert order["order_number"].startswith("BM-")
    assert (order["note"], order["lines"][0]["note"]) == ("severe nut allergy", "Happy 40, Ann!")
    assert order["discounts"] == [
        {"description": "One euro off", "amount": "1.00", "coupon_code": "SAVE1", "product_id": ""}
    ]
    line = order["lines"][0]
    assert [line[name] for name in ("name", "unit", "tax_rate", "tax_total", "discount_total")] == [
        "Bun",
        "piece",
        "7",
        "0.26",
        "1.00",
    ]
    assert (line["allergens"], order["tax_total"]) == (["gluten"], "1.20")
    assert order["shipping_address"]["line1"] == "1 Oven St"
    assert (order["billing_address"]["line1"], order["billing_address"]["recipient"]) == ("2 Bank St", "Ada")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address_id": str(BILLING)}, "address_id"),
        ({"address_id": str(ADDRESS), "billing_address_id": str(ADDRESS)}, "billing_address_id"),
    ],
)
async def test_an_address_of_the_other_type_is_refused(shop: Shop, body: dict[str, str], field: str) -> None:
    order_id = await shop.intent()

    response = await shop.http.put(f"/api/orders/{order_id}/details", json=body, headers=shop.customer)

    assert (response.status_code, problem(response)["errors"][0]["field"]) == (400, field)
    assert (await shop.read(order_id))["total"] is None
