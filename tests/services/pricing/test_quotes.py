"""Quotes for products and orders, and their refusals."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import grpc
from bunmart.pricing.v1.pricing_pb2 import (
    CalculateOrderPricingRequest,
    CalculateOrderPricingResponse,
    CalculatePriceRequest,
    GetDiscountsRequest,
    GetPricesRequest,
)

from tests.services.pricing.conftest import BUN, ROLL, UNKNOWN, USER, Item, Till, days, order_request
from tests.support import rpc_error

Line = CalculateOrderPricingResponse.LineResult


async def priced(till: Till) -> Till:
    await till.price(BUN, "1.25")
    await till.price(ROLL, "0.80")
    return till


async def test_an_order_is_priced_line_by_line(till: Till) -> None:
    await priced(till)

    totals = await till.totals((ROLL, 3), (BUN, 2))

    assert totals == CalculateOrderPricingResponse(
        lines=[
            Line(
                product_id=str(ROLL),
                quantity=3,
                unit_price="0.80",
                line_total="2.40",
                discount_total="0.00",
                tax_rate="19",
                tax_total="0.38",
                name="Roll",
                unit="cup",
            ),
            Line(
                product_id=str(BUN),
                quantity=2,
                unit_price="1.25",
                line_total="2.50",
                discount_total="0.00",
                tax_rate="7",
                tax_total="0.16",
                name="Bun",
                unit="piece",
                allergens=["gluten"],
            ),
        ],
        subtotal="4.90",
        discount_total="0.00",
        total="4.90",
        currency_code="EUR",
        delivery_total="4.90",
        delivery_tax_total="0.78",
        delivery_tax_rate="19",
        grand_total="9.80",
        tax_total="1.32",
    )
    (asked,) = till.peers.requests("ValidateProducts")
    assert list(asked.product_ids) == [str(ROLL), str(BUN)]


async def test_discounts_come_before_coupons_and_percentages_before_amounts(till: Till) -> None:
    await priced(till)
    await till.add("discount", type="PERCENT", value="20", product_id=str(BUN), description="Bun week")
    await till.add("discount", type="FIXED", value="0.05", description="A bit for all")
    await till.coupon("TEN", "10", type="PERCENT")
    await till.coupon("ONE", "1.00")

    one_last = await till.totals((BUN, 4), (ROLL, 5), coupons=["ten", "One"])
    one_first = await till.totals((BUN, 4), (ROLL, 5), coupons=["ONE", "TEN", "one"])

    # 9.00 goods, less 1.00 (20 % of 5.00) and 0.25 (5 times 0.05): 7.75
    assert (one_last.subtotal, one_last.discount_total, one_last.total) == ("9.00", "3.03", "5.97")
    assert one_first == one_last
    assert [(each.description, each.amount, each.coupon_code) for each in one_last.discounts] == [
        ("Bun week", "1.00", ""),
        ("A bit for all", "0.25", ""),
        ("TEN", "0.78", "TEN"),
        ("ONE", "1.00", "ONE"),
    ]
    shares = [Decimal(line.discount_total) for line in one_last.lines]
    assert sum(shares) == Decimal(one_last.discount_total)


async def test_calculating_consumes_nothing(till: Till) -> None:
    await priced(till)
    await till.coupon("ONE", "1.00")

    answers = await asyncio.gather(*(till.totals((BUN, 2), coupons=["ONE"]) for _ in range(10)))

    assert {answer.total for answer in answers} == {"1.50"}


async def test_a_coupon_that_cannot_be_used_is_named(till: Till) -> None:
    await priced(till)
    await till.coupon("OK", "0.50")
    await till.coupon("LATE", "0.50", ends_at=days(-1))
    await till.coupon("EARLY", "0.50", starts_at=days(1))
    await till.coupon("BIG", "0.50", minimum_subtotal="2.51")
    await till.coupon("OFF", "0.50", active=False)

    for code, reason in (
        ("NOPE", "NOPE is not known"),
        ("LATE", "LATE has expired"),
        ("EARLY", "EARLY is not valid yet"),
        ("BIG", "BIG needs goods for at least 2.51"),
        ("OFF", "OFF is not known"),
    ):
        error = await rpc_error(till.totals((BUN, 2), coupons=["OK", code]))
        assert (error.status, error.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "COUPON_NOT_USABLE",
        )
        assert (error.fields, error.message) == (["coupon_codes[1]"], f"Coupon {reason}.")

    both = await rpc_error(till.totals((BUN, 2), coupons=["LATE", "OK", "BIG"]))
    assert both.fields == ["coupon_codes[0]", "coupon_codes[2]"]


async def test_the_minimum_is_of_the_goods_before_discounts(till: Till) -> None:
    await priced(till)
    await till.add("discount", type="PERCENT", value="50")
    await till.coupon("BIG", "1.00", minimum_subtotal="2.50")

    assert (await till.totals((BUN, 2), coupons=["BIG"])).total == "0.25"


async def test_what_cannot_be_sold_is_named(till: Till) -> None:
    await priced(till)
    await till.price(UNKNOWN, "1.00")
    unpriced = uuid4()

    for product_id, reason in ((UNKNOWN, "PRODUCT_NOT_FOUND"), (unpriced, "PRICE_NOT_FOUND")):
        error = await rpc_error(till.totals((BUN, 1), (product_id, 1)))
        assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, reason)
        assert error.metadata["product_id"] == error.metadata["product_ids"] == str(product_id)
        alone = await rpc_error(
            till.stub.CalculatePrice(CalculatePriceRequest(product_id=str(product_id), quantity=1))
        )
        assert (alone.status, alone.reason) == (grpc.StatusCode.NOT_FOUND, reason)


async def test_two_currencies_are_refused(till: Till) -> None:
    await till.price(BUN, "1.25")
    await till.price(ROLL, "100", currency_code="JPY")

    error = await rpc_error(till.totals((BUN, 1), (ROLL, 1)))

    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CURRENCIES_DIFFER")
    assert (await till.totals((ROLL, 3))).total == "300.00"


async def test_a_catalogue_that_does_not_answer_prices_nothing(till: Till) -> None:
    await priced(till)
    till.peers.fail("ValidateProducts", grpc.StatusCode.UNAVAILABLE)

    error = await rpc_error(till.totals((BUN, 1)))

    assert error.status == grpc.StatusCode.UNAVAILABLE


async def test_a_campaign_counts_from_its_start_until_before_its_end(till: Till) -> None:
    await priced(till)
    running = await till.add("campaign", name="Now", starts_at=days(-1), ends_at=days(1))
    for name, starts, ends, active in (
        ("Over", -3, -2, True),
        ("Soon", 1, 2, True),
        ("Off", -1, 1, False),
    ):
        campaign_id = await till.add(
            "campaign", name=name, starts_at=days(starts), ends_at=days(ends), active=active
        )
        await till.add("discount", type="FIXED", value="1.00", campaign_id=campaign_id)
    assert (await till.totals((BUN, 1))).discount_total == "0.00"

    await till.add("discount", type="FIXED", value="0.25", campaign_id=running, description="Now!")
    assert (await till.totals((BUN, 2))).discount_total == "0.50"

    await till.http.delete(f"/api/campaigns/{running}", headers=till.admin)
    assert (await till.totals((BUN, 2))).discount_total == "0.00"
    assert await till.count("discounts") == 3


async def test_one_product_is_priced_and_a_useless_coupon_left_out(till: Till) -> None:
    await priced(till)
    await till.add("discount", type="PERCENT", value="10", product_id=str(BUN), description="Bun week")
    await till.coupon("ONE", "1.00", description="One off")

    async def quote(code: str) -> Any:
        request = CalculatePriceRequest(product_id=str(BUN), quantity=2, coupon_code=code, user_id=str(USER))
        return await till.stub.CalculatePrice(request)

    plain, reduced = await quote("NOPE"), await quote("one")

    assert (plain.unit_price, plain.subtotal, plain.discount_amount, plain.total) == (
        "1.25",
        "2.50",
        "0.25",
        "2.25",
    )
    assert (plain.coupon_applied, plain.discount_description, plain.currency_code) == (
        False,
        "Bun week",
        "EUR",
    )
    assert (reduced.discount_amount, reduced.total, reduced.coupon_applied) == ("1.25", "1.25", True)
    assert reduced.discount_description == "Bun week, One off"


async def test_prices_and_discounts_are_found_by_product(till: Till) -> None:
    await priced(till)
    own = await till.add("discount", type="FIXED", value="0.10", product_id=str(BUN))
    every = await till.add("discount", type="PERCENT", value="5")
    coupon = await till.coupon("ONE", "1.00")
    await till.add("discount", type="FIXED", value="0.10", active=False)

    prices = await till.stub.GetPrices(GetPricesRequest(product_ids=[str(BUN), str(uuid4()), str(BUN)]))
    of_bun = await till.stub.GetDiscounts(
        GetDiscountsRequest(product_ids=[str(BUN)], coupon_code="ONE", user_id=str(USER))
    )
    of_roll = await till.stub.GetDiscounts(GetDiscountsRequest(product_ids=[str(ROLL)], coupon_code="NOPE"))

    assert [(price.product_id, price.unit_price) for price in prices.prices] == [(str(BUN), "1.25")]
    found = [(each.discount_id, each.type, each.value, each.product_id) for each in of_bun.discounts]
    assert found == [
        (own, "FIXED", "0.10", str(BUN)),
        (every, "PERCENT", "5.00", ""),
        (coupon, "FIXED", "1.00", ""),
    ]
    assert [each.discount_id for each in of_roll.discounts] == [every]


def bad_requests() -> list[tuple[str, Any, str]]:
    order, one = "CalculateOrderPricing", "CalculatePrice"
    good = order_request((BUN, 1))
    return [
        (order, CalculateOrderPricingRequest(items=good.items), "user_id"),
        (order, CalculateOrderPricingRequest(user_id="me", items=good.items), "user_id"),
        (order, CalculateOrderPricingRequest(user_id=str(USER)), "items"),
        (order, order_request(*[(BUN, 1)] * 101), "items"),
        (order, CalculateOrderPricingRequest(user_id=str(USER), items=[Item()]), "items[0].product_id"),
        (order, order_request((BUN, 1), (BUN, 0)), "items[1].quantity"),
        (order, order_request((BUN, -1)), "items[0].quantity"),
        (order, order_request((BUN, 2**31 - 1)), "items[0].quantity"),
        (order, order_request((BUN, 1), coupons=["A"] * 6), "coupon_codes"),
        (order, order_request((BUN, 1), coupons=["A", " "]), "coupon_codes[1]"),
        (order, order_request((BUN, 1), coupons=["A" * 41]), "coupon_codes[0]"),
        (order, order_request((BUN, 1), coupons=["A\x00"]), "coupon_codes[0]"),
        (one, CalculatePriceRequest(quantity=1), "product_id"),
        (one, CalculatePriceRequest(product_id=str(BUN)), "quantity"),
        (one, CalculatePriceRequest(product_id=str(BUN), quantity=1, user_id="me"), "user_id"),
        (one, CalculatePriceRequest(product_id=str(BUN), quantity=1, coupon_code="\x00A"), "coupon_code"),
        ("GetPrices", GetPricesRequest(), "product_ids"),
        ("GetPrices", GetPricesRequest(product_ids=[str(BUN)] * 201), "product_ids"),
        ("GetPrices", GetPricesRequest(product_ids=[str(BUN), ""]), "product_ids[1]"),
        ("GetDiscounts", GetDiscountsRequest(), "product_ids"),
        ("GetDiscounts", GetDiscountsRequest(product_ids=["x"]), "product_ids[0]"),
        ("GetDiscounts", GetDiscountsRequest(product_ids=[str(BUN)], user_id="x"), "user_id"),
        ("GetDiscounts", GetDiscountsRequest(product_ids=[str(BUN)], coupon_code="x" * 41), "coupon_code"),
    ]


async def test_a_bad_request_names_the_field(till: Till) -> None:
    for rpc, request, field in bad_requests():
        error = await rpc_error(getattr(till.stub, rpc)(request))
        assert (rpc, error.status, error.fields) == (rpc, grpc.StatusCode.INVALID_ARGUMENT, [field])

    assert till.peers.received == []


async def test_the_largest_cart_is_still_exact(till: Till) -> None:
    await till.price(BUN, "999999.99")
    await till.coupon("THIRD", "33.33", type="PERCENT")

    quote = await till.quote((BUN, 1000), coupon_codes=["THIRD"])

    assert quote["subtotal"] == "999999990.00"
    assert quote["discount_total"] == "333299996.67"
    assert quote["total"] == "666699993.33"
    assert quote["not_chargeable"] == {"reason": "TOO_LARGE", "limit": "999999.99"}
