"""Quotes for a cart before there is an address: what a visitor and the order page see."""

from typing import Any
from uuid import uuid4

from tests.services.pricing.conftest import BUN, DRINKS, ROLL, UNKNOWN, Till, days
from tests.support import problem, rpc_error


async def priced(till: Till) -> None:
    await till.price(BUN, "1.25")
    await till.price(ROLL, "0.80")


async def test_a_visitor_sees_what_a_cart_costs(till: Till) -> None:
    await priced(till)
    await till.add("discount", type="PERCENT", value="20", product_id=str(BUN), description="Bun week")
    await till.coupon("TEN", "10", type="PERCENT", description="Ten off")

    quote = await till.quote((BUN, 4), (ROLL, 5), coupon_codes=["ten"])

    assert quote["lines"][0] == {
        "product_id": str(BUN),
        "name": "Bun",
        "unit": "piece",
        "quantity": 4,
        "unit_price": "1.25",
        "line_total": "5.00",
        "discount_total": "1.40",
        "total": "3.60",
        "tax_rate": "7",
        "tax_total": "0.24",
    }
    assert quote["discounts"] == [
        {"description": "Bun week", "amount": "1.00", "coupon_code": None, "product_id": str(BUN)},
        {"description": "Ten off", "amount": "0.80", "coupon_code": "TEN", "product_id": None},
    ]
    totals = {key: value for key, value in quote.items() if key not in {"lines", "discounts"}}
    assert totals == {
        "currency_code": "EUR",
        "refused_coupons": [],
        "subtotal": "9.00",
        "discount_total": "1.80",
        "total": "7.20",
        "delivery_total": "4.90",
        "delivery_tax_rate": "19",
        "delivery_tax_total": "0.78",
        "tax_total": "1.59",
        "grand_total": "12.10",
        "not_chargeable": None,
    }


async def test_pieces_of_a_product_count_together_however_they_are_written(till: Till) -> None:
    """Prices per quantity and the limit of a line are those of the order, which has each product once."""
    await priced(till)
    await till.add("price", product_id=str(BUN), unit_price="1.00", minimum_quantity=3)

    quote = await till.quote((BUN, 1), (ROLL, 1), (BUN, 2))

    assert [(line["quantity"], line["unit_price"]) for line in quote["lines"]] == [(3, "1.00"), (1, "0.80")]
    totals = await till.totals((BUN, 1), (ROLL, 1), (BUN, 2))
    assert [line.quantity for line in totals.lines] == [3, 1]
    assert totals.grand_total == quote["grand_total"] == "8.70"
    items = [{"product_id": str(BUN), "quantity": 600}] * 2
    refused = problem(await till.http.post("/api/quotes", json={"items": items}))
    assert (refused["status"], [each["field"] for each in refused["errors"]]) == (400, ["items"])


async def test_an_order_that_nobody_could_pay_is_refused_when_it_is_priced(till: Till) -> None:
    await till.price(BUN, "999999.99")

    assert (await till.quote((BUN, 1)))["grand_total"] == "999999.99"
    error = await rpc_error(till.totals((BUN, 2)))

    assert error.reason == "TOTAL_NOT_CHARGEABLE"


async def test_a_coupon_that_cannot_be_used_is_left_out_with_its_reason(till: Till) -> None:
    await priced(till)
    await till.coupon("OLD", "1.00", ends_at=days(-1))
    await till.coupon("BIG", "1.00", minimum_subtotal="50")
    await till.coupon("DRINK", "0.50", category_id=str(DRINKS))
    await till.coupon("SOLO", "0.50", exclusive=True)

    quote = await till.quote((BUN, 2), coupon_codes=["old", "NOPE", "BIG", "DRINK", "OLD"])
    alone = await till.quote((ROLL, 2), coupon_codes=["SOLO"])
    beside = await till.quote((ROLL, 2), coupon_codes=["SOLO", "DRINK"])

    refused = [(each["code"], each["reason"]) for each in quote["refused_coupons"]]
    assert refused == [
        ("OLD", "EXPIRED"),
        ("NOPE", "UNKNOWN"),
        ("BIG", "MINIMUM_NOT_REACHED"),
        ("DRINK", "OTHER_PRODUCTS"),
    ]
    assert quote["refused_coupons"][0]["message"] == "Coupon OLD has expired."
    assert (quote["discount_total"], quote["grand_total"]) == ("0.00", "7.40")
    assert (alone["refused_coupons"], alone["discount_total"]) == ([], "0.50")
    assert [each["reason"] for each in beside["refused_coupons"]] == ["NOT_COMBINABLE"]
    assert [each["coupon_code"] for each in beside["discounts"]] == ["DRINK"]


async def test_limits_per_customer_count_for_somebody_who_is_signed_in(till: Till) -> None:
    await priced(till)
    await till.coupon("ONCE", "1.00", limit_per_customer=1, first_order_only=True)
    await till.reserve(uuid4(), "ONCE", expected="6.40")

    visitor = await till.quote((BUN, 2), coupon_codes=["ONCE"])
    customer = await till.quote((BUN, 2), coupon_codes=["ONCE"], by=till.customer)

    assert (visitor["refused_coupons"], visitor["total"]) == ([], "1.50")
    assert [each["reason"] for each in customer["refused_coupons"]] == ["USED_BY_CUSTOMER"]
    assert customer["total"] == "2.50"


async def test_delivery_is_free_by_the_value_of_goods_or_by_a_coupon(till: Till) -> None:
    await till.price(BUN, "10.00")
    await till.coupon("ALL", "100", type="PERCENT")
    await till.coupon("SHIP", "0", type="FREE_DELIVERY", description="We pay the driver")

    below, from_it = await till.quote((BUN, 2)), await till.quote((BUN, 3), coupon_codes=["ALL"])
    given = await till.quote((BUN, 2), coupon_codes=["SHIP"])

    assert [each["delivery_total"] for each in (below, from_it, given)] == ["4.90", "0.00", "0.00"]
    assert (from_it["grand_total"], given["grand_total"]) == ("0.00", "20.00")
    assert given["delivery_tax_total"] == "0.00"
    assert [each["description"] for each in given["discounts"]] == ["We pay the driver"]
    assert given["discount_total"] == "0.00"


async def test_each_currency_has_its_prices_and_its_delivery(till: Till) -> None:
    await till.price(BUN, "10.00")
    await till.price(BUN, "1600", currency_code="JPY")
    await till.price(ROLL, "100", currency_code="JPY")
    await till.coupon("EURO", "1.00")

    euro, yen = await till.quote((BUN, 1)), await till.quote((BUN, 1), currency_code="JPY")
    mixed = await till.quote((BUN, 1), (ROLL, 1), coupon_codes=["EURO"])

    shown = [
        (await till.http.get(f"/api/prices/product/{BUN}", params=wanted)).json()["unit_price"]
        for wanted in ({}, {"currency_code": "JPY"})
    ]
    unsold = await till.http.get("/api/prices", params={"product_ids": str(BUN), "currency_code": "CHF"})

    assert (shown, unsold.status_code) == (["10.00", "1600.00"], 400)
    assert (euro["currency_code"], euro["grand_total"]) == ("EUR", "14.90")
    assert (yen["delivery_total"], yen["grand_total"]) == ("600.00", "2200.00")
    assert (mixed["currency_code"], mixed["total"]) == ("JPY", "1700.00")
    assert [each["reason"] for each in mixed["refused_coupons"]] == ["OTHER_CURRENCY"]


async def test_a_price_holds_in_its_time_and_from_its_quantity_on(till: Till) -> None:
    await till.price(BUN, "2.00")
    await till.price(BUN, "1.50", valid_from=days(-1), valid_until=days(1))
    await till.price(BUN, "9.00", valid_from=days(1))
    await till.price(BUN, "8.00", valid_until=days(-1))
    await till.price(BUN, "1.00", minimum_quantity=12)

    prices = [(await till.quote((BUN, count)))["lines"][0]["unit_price"] for count in (1, 11, 12)]
    shown = (await till.http.get("/api/prices", params={"product_ids": str(BUN)})).json()["items"]
    one = (await till.http.get(f"/api/prices/product/{BUN}")).json()

    assert prices == ["1.50", "1.50", "1.00"]
    assert [(each["unit_price"], each["minimum_quantity"]) for each in shown] == [("1.50", 1), ("1.00", 12)]
    assert one == shown[0]
    taken = await till.post("price", product_id=str(BUN), unit_price="3.00")
    assert (taken.status_code, problem(taken)["code"]) == (409, "PRICE_EXISTS")


async def test_what_is_wrong_is_named(till: Till) -> None:
    await priced(till)
    item = {"product_id": str(BUN), "quantity": 1}
    bad: list[tuple[dict[str, Any], str]] = [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": [item] * 101}, "items"),
        ({"items": [item | {"quantity": 0}]}, "items[0].quantity"),
        ({"items": [item | {"quantity": 1001}]}, "items[0].quantity"),
        ({"items": [item | {"product_id": "bun"}]}, "items[0].product_id"),
        ({"items": [item | {"price": "0"}]}, "items[0].price"),
        ({"items": [item], "coupon_codes": ["A"] * 6}, "coupon_codes"),
        ({"items": [item], "coupon_codes": [" "]}, "coupon_codes[0]"),
        ({"items": [item], "currency_code": "CHF"}, "currency_code"),
        ({"items": [item], "currency_code": "euro"}, "currency_code"),
    ]
    for body, field in bad:
        refused = await till.http.post("/api/quotes", json=body)
        assert (body, refused.status_code) == (body, 400)
        assert (body, [each["field"] for each in problem(refused)["errors"]]) == (body, [field])

    for product_id, code in ((UNKNOWN, "PRODUCT_NOT_FOUND"), (uuid4(), "PRICE_NOT_FOUND")):
        gone = await till.http.post("/api/quotes", json={"items": [item | {"product_id": str(product_id)}]})
        assert (gone.status_code, problem(gone)["code"]) == (404, code)
