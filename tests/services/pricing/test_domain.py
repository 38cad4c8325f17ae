"""Rules of prices, for every order, discount and coupon that hypothesis can think of."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.money import exponent
from bunmart_pricing import domain
from bunmart_pricing.domain import CountedCoupon, CouponType, Discount, DiscountType, Price, Totals
from hypothesis import given
from hypothesis import strategies as st

from tests.services.pricing.factories import (
    COUPONS,
    DISCOUNTS,
    ITEMS,
    NOW,
    PERCENTS,
    PRODUCTS,
    TERMS,
    coupon,
    discount,
    price,
    price_lists,
    price_order,
)


def amounts(totals: Totals) -> list[Decimal]:
    """Every amount that a customer reads."""
    of_lines = [
        amount
        for each in totals.lines
        for amount in (each.line.unit_price, each.line.total, each.discount_total, each.tax_total)
    ]
    of_order = [totals.subtotal, totals.discount_total, totals.total, totals.delivery_total]
    taxes = [totals.delivery_tax_total, totals.tax_total, totals.grand_total]
    return [*of_lines, *of_order, *taxes, *(each.amount for each in totals.reductions)]


@given(ITEMS, price_lists(), DISCOUNTS, COUPONS)
def test_the_totals_of_an_order_add_up(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    discounts: list[Discount],
    coupons: list[CountedCoupon],
) -> None:
    totals = price_order(items, priced, discounts, coupons)

    assert [(each.line.goods.product_id, each.line.quantity) for each in totals.lines] == items
    assert all(each.line.total == each.line.unit_price * each.line.quantity for each in totals.lines)
    assert totals.subtotal == sum(each.line.total for each in totals.lines)
    assert totals.discount_total == sum(each.discount_total for each in totals.lines)
    assert totals.discount_total == sum(each.amount for each in totals.reductions)
    assert totals.total == totals.subtotal - totals.discount_total
    assert totals.grand_total == totals.total + totals.delivery_total
    assert all(0 <= each.discount_total <= each.line.total for each in totals.lines)
    assert all(amount >= 0 and amount % exponent(totals.currency_code) == 0 for amount in amounts(totals))


@given(ITEMS, price_lists(), DISCOUNTS, COUPONS)
def test_each_line_knows_the_tax_that_it_contains(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    discounts: list[Discount],
    coupons: list[CountedCoupon],
) -> None:
    totals = price_order(items, priced, discounts, coupons)

    step = exponent(totals.currency_code)
    for each in totals.lines:
        gross = each.line.total - each.discount_total
        assert each.tax_rate == {"food": 7, "beverage": 19, "candles": 19}[each.line.goods.tax_category]
        assert abs(each.tax_total - (gross - gross / (1 + each.tax_rate / 100))) <= step / 2 + Decimal("1e-9")
    assert totals.tax_total == totals.delivery_tax_total + sum(each.tax_total for each in totals.lines)


@given(ITEMS, price_lists(), DISCOUNTS, st.data())
def test_a_line_gets_the_best_of_its_discounts_and_no_others(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    discounts: list[Discount],
    data: st.DataObject,
) -> None:
    line = price_order(items, priced, discounts, []).lines[0].line
    own = [
        each
        for each in discounts
        if each.product_id in {None, line.goods.product_id}
        and each.category_id in {None, line.goods.category_id}
    ]
    alone = [price_order(items[:1], priced, [each], []).discount_total for each in own]

    assert line.discount == max(alone, default=Decimal(0))
    shuffled = data.draw(st.permutations(discounts))
    assert price_order(items, priced, shuffled, []).discount_total == (
        price_order(items, priced, discounts, []).discount_total
    )


@given(ITEMS, price_lists(), st.lists(st.tuples(st.booleans(), PERCENTS), max_size=5), st.data())
def test_one_more_coupon_never_costs_more(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    rules: list[tuple[bool, Decimal]],
    data: st.DataObject,
) -> None:
    coupons = [coupon(CouponType.PERCENT if percent else CouponType.FIXED, value) for percent, value in rules]
    fewer = coupons[: data.draw(st.integers(0, len(coupons)))]

    assert price_order(items, priced, [], coupons).total <= price_order(items, priced, [], fewer).total


@given(st.decimals(0, 1000, places=2), st.lists(st.decimals(0, 500, places=2), min_size=1, max_size=8))
def test_what_is_spread_adds_up_and_no_part_gets_more_than_its_size(
    amount: Decimal, parts: list[Decimal]
) -> None:
    amount = min(amount, sum(parts, Decimal(0)))

    shares = domain.spread(amount, parts, "EUR")

    assert sum(shares) == amount
    assert all(0 <= share <= part for share, part in zip(shares, parts, strict=True))


@given(price_lists(), st.integers(1, 1000))
def test_a_full_discount_makes_a_gift_and_no_debt(priced: tuple[str, list[Price]], quantity: int) -> None:
    gift = [coupon(CouponType.PERCENT, Decimal(100)), coupon(CouponType.FIXED, Decimal(5))]

    totals = price_order([(PRODUCTS[0], quantity)], priced, [], gift)

    assert (totals.total, totals.discount_total) == (Decimal(0), totals.subtotal)


def test_a_coupon_never_costs_the_free_delivery() -> None:
    priced = "EUR", [price(PRODUCTS[0], Decimal("38.40"))]
    half_off = discount(DiscountType.PERCENT, Decimal(50))

    with_coupon = price_order([(PRODUCTS[0], 1)], priced, [], [coupon(CouponType.PERCENT, Decimal(100))])
    with_discount = price_order([(PRODUCTS[0], 1)], priced, [half_off], [])
    carried = price_order(
        [(PRODUCTS[0], 1)], priced, [half_off], [coupon(CouponType.FREE_DELIVERY, Decimal(0))]
    )

    assert (with_coupon.grand_total, with_coupon.delivery_total) == (Decimal(0), Decimal(0))
    assert (with_discount.delivery_total, with_discount.grand_total) == (Decimal("4.90"), Decimal("24.10"))
    assert (carried.delivery_total, carried.grand_total) == (Decimal(0), Decimal("19.20"))


def test_half_a_cent_is_rounded_up() -> None:
    assert domain.amount_off("PERCENT", Decimal(50), Decimal("0.01"), "EUR") == Decimal("0.01")


def test_an_order_has_one_currency() -> None:
    euro, yen, both = PRODUCTS[:3]
    prices = [price(euro, Decimal(1)), price(yen, Decimal(100), "JPY")]
    prices += [price(both, Decimal(1)), price(both, Decimal(100), "JPY")]

    assert domain.require_order_currency([(both, 1)], prices, "", TERMS) == "EUR"
    assert domain.require_order_currency([(both, 1), (yen, 1)], prices, "", TERMS) == "JPY"
    assert domain.require_order_currency([(both, 1)], prices, "JPY", TERMS) == "JPY"
    with pytest.raises(FailedPreconditionError) as refusal:
        domain.require_order_currency([(euro, 1), (yen, 1)], prices, "", TERMS)
    assert refusal.value.code == "CURRENCIES_DIFFER"
    for products, wanted in (([both, PRODUCTS[3]], ""), ([both, euro], "JPY")):
        with pytest.raises(NotFoundError) as missing:
            domain.require_order_currency([(each, 1) for each in products], prices, wanted, TERMS)
        assert (missing.value.code, missing.value.metadata) == (
            "PRICE_NOT_FOUND",
            dict.fromkeys(("product_id", "product_ids"), str(products[1])),
        )


def test_the_price_that_begins_last_holds_and_more_pieces_never_cost_more() -> None:
    bun = PRODUCTS[0]
    lasting, summer = price(bun, Decimal(2)), price(bun, Decimal(3), valid_from=NOW)
    day = price(bun, Decimal(1), valid_from=NOW, valid_until=NOW + timedelta(days=1))
    dozen, crate = (
        price(bun, Decimal(amount), minimum_quantity=least) for amount, least in ((2, 12), (4, 100))
    )

    held = domain.current_prices([summer, dozen, lasting, crate], "EUR")

    assert held == [summer, dozen, crate]
    assert domain.current_prices([day, summer, lasting], "EUR") == [day]
    chosen = [domain.price_for(quantity, held) for quantity in (1, 11, 12, 99, 100)]
    assert chosen == [summer, summer, dozen, dozen, dozen]
    assert domain.price_for(5, [dozen]) is None
