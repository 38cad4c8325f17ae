"""The price that a visitor sees is the price of the order, also for carts that are written in an odd way."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingRequest, GetDiscountsRequest
from bunmart.pricing.v1.pricing_pb2_grpc import PricingServiceStub

from tests.money.conftest import BREAD, COFFEE, Shop
from tests.support import problem

Item = CalculateOrderPricingRequest.LineItem


async def quote(shop: Shop, *items: tuple[UUID, int], **more: Any) -> Any:
    """The answer to a request for a public quote."""
    body = {"items": [{"product_id": str(each), "quantity": count} for each, count in items], **more}
    return await shop.pricing.http.post("/api/quotes", json=body)


async def test_the_same_product_on_two_lines_costs_as_on_one(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="1.99")
    await shop.add("price", product_id=str(BREAD), unit_price="1.49", minimum_quantity=10)
    await shop.add("price", product_id=str(COFFEE), unit_price="2.00")
    await shop.add("discount", type="PERCENT", value="3.33", product_id=str(BREAD))
    cart = ((BREAD, 5), (COFFEE, 1), (BREAD, 5))

    seen = (await quote(shop, *cart)).json()

    order_id = await shop.intent(*cart)
    order = (await shop.details(order_id)).json()
    assert seen["grand_total"] == order["total"]
    assert seen["tax_total"] == order["tax_total"]
    lines = [(each["product_id"], each["quantity"], each["unit_price"]) for each in seen["lines"]]
    assert lines == [(str(BREAD), 10, "1.49"), (str(COFFEE), 1, "2.00")]
    answer = await shop.pricing.stub(PricingServiceStub).CalculateOrderPricing(
        CalculateOrderPricingRequest(
            user_id=str(shop.user),
            items=[Item(product_id=str(each), quantity=count) for each, count in cart],
        )
    )
    assert (answer.grand_total, len(answer.lines)) == (order["total"], 2)
    refused = await quote(shop, (BREAD, 1000), (BREAD, 1))
    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "items")


async def test_a_currency_counts_where_it_has_a_price_for_so_many_pieces(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="1.00", minimum_quantity=10)
    await shop.add("price", product_id=str(BREAD), unit_price="1.50", currency_code="USD")

    few, many = (await quote(shop, (BREAD, 2))).json(), (await quote(shop, (BREAD, 10))).json()

    assert (few["currency_code"], few["total"]) == ("USD", "3.00")
    assert (many["currency_code"], many["total"]) == ("EUR", "10.00")
    refused = await quote(shop, (BREAD, 2), currency_code="EUR")
    assert (refused.status_code, problem(refused)["code"]) == (404, "PRICE_NOT_FOUND")


async def test_an_order_is_paid_in_the_currency_that_its_customer_saw(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="4.00")
    await shop.add("price", product_id=str(BREAD), unit_price="700", currency_code="JPY")
    seen = (await quote(shop, (BREAD, 2), currency_code="JPY")).json()
    order_id = await shop.intent((BREAD, 2))

    order = (await shop.details(order_id, currency_code="JPY")).json()
    await shop.buy(order_id)

    assert (order["total"], order["currency_code"]) == (seen["grand_total"], "JPY")
    (intent,) = await shop.provider.intents()
    assert (intent["amount_received"], intent["currency"]) == (2000, "jpy")
    await shop.refund(order_id, amount="500")
    done = await shop.comes_to(order_id, refunded_total="500.00")
    (refund,) = await shop.refunds(order_id)
    assert sum(Decimal(part["amount"]) for part in refund["taxes"]) == 500
    assert all(Decimal(part["tax"]) % 1 == 0 for part in refund["taxes"])
    assert done["payment_status"] == "SUCCEEDED"


async def test_a_currency_in_which_nothing_is_sold_is_refused_by_its_field(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="4.00")
    order_id = await shop.intent((BREAD, 2))

    unknown = await shop.details(order_id, currency_code="CHF")
    unpriced = await shop.details(order_id, currency_code="USD")

    assert (unknown.status_code, problem(unknown)["errors"][0]["field"]) == (400, "currency_code")
    assert (unpriced.status_code, problem(unpriced)["code"]) == (409, "PRODUCT_NOT_FOR_SALE")
    assert (await shop.read(order_id))["total"] is None


async def test_a_product_without_a_price_for_one_piece_has_discounts_and_no_coupon(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="1.00", minimum_quantity=10)
    await shop.add("discount", type="PERCENT", value="5", product_id=str(BREAD))
    await shop.add("coupon", code="TEN", type="PERCENT", value="10")

    answer = await shop.pricing.stub(PricingServiceStub).GetDiscounts(
        GetDiscountsRequest(product_ids=[str(BREAD)], coupon_code="TEN")
    )

    assert [(each.value, each.coupon_code) for each in answer.discounts] == [("5.00", "")]
