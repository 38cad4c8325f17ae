"""Rules of prices, for every order, discount and coupon that hypothesis can think of."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.money import exponent
from bunmart_pricing import domain
from bunmart_pricing.domain import (
    CountedCoupon,
    CouponType,
    CurrencyTerms,
    Discount,
    DiscountType,
    Goods,
    Price,
    Reason,
    Terms,
    Totals,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PRODUCTS = [uuid4() for _ in range(4)]
BREAD, DRINKS = uuid4(), uuid4()
GOODS = {
    product_id: Goods(product_id, category_id=category_id, tax_category=tax_category)
    for product_id, category_id, tax_category in zip(
        PRODUCTS, (BREAD, BREAD, DRINKS, None), ("food", "food", "beverage", "candles"), strict=True
    )
}
TERMS = Terms(
    currencies={
        "EUR": CurrencyTerms(Decimal("4.90"), Decimal(30)),
        "USD": CurrencyTerms(Decimal("5.50"), None),
        "JPY": CurrencyTerms(Decimal(600), Decimal(4000)),
    },
    default_currency="EUR",
    tax_rates={"food": Decimal(7), "beverage": Decimal(19)},
    standard_tax_rate=Decimal(19),
    delivery_tax_rate=Decimal(19),
)
CURRENCIES = st.sampled_from(list(TERMS.currencies))
ITEMS = st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 1000)), min_size=1, max_size=6)
SCOPES = st.sampled_from([(None, None), (None, BREAD), (None, DRINKS), *((each, None) for each in PRODUCTS)])
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(2000), places=2)
PERCENTS = st.decimals(Decimal("0.01"), Decimal(100), places=2)
_Scope = tuple[UUID | None, UUID | None]


def price(product_id: UUID, amount: Decimal, currency: str = "EUR", **more: Any) -> Price:
    values = {"minimum_quantity": 1, "valid_from": None, "valid_until": None} | more
    return Price(uuid4(), product_id, amount, currency, created_at=NOW, updated_at=NOW, **values)


def discount(kind: DiscountType, value: Decimal, scope: _Scope = (None, None)) -> Discount:
    product_id, category_id = scope
    return Discount(uuid4(), None, product_id, category_id, kind, value, None, f"{value} off", True, NOW, NOW)


def coupon(
    kind: CouponType, value: Decimal, scope: _Scope = (None, None), code: str = "CODE", **more: Any
) -> CountedCoupon:
    values: dict[str, Any] = {
        "currency_code": None,
        "description": "",
        "minimum_subtotal": Decimal(0),
        "limit_total": None,
        "limit_per_customer": None,
        "first_order_only": False,
        "exclusive": False,
        "starts_at": None,
        "ends_at": None,
        "active": True,
        "uses": 0,
        "uses_of_customer": 0,
        "ordered_before": False,
    }
    return CountedCoupon(
        id=uuid4(), code=code, type=kind, value=value, product_id=scope[0], category_id=scope[1],
        created_at=NOW, updated_at=NOW, **(values | more),
    )  # fmt: skip


@st.composite
def price_lists(draw: st.DrawFn) -> tuple[str, list[Price]]:
    """A currency, and a price of each product in it."""
    currency = draw(CURRENCIES)
    steps = st.integers(0, 99_999)
    return currency, [price(each, draw(steps) * exponent(currency), currency) for each in PRODUCTS]


PERCENT_COUPONS = st.builds(coupon, st.just(CouponType.PERCENT), PERCENTS, SCOPES)
FIXED_COUPONS = st.builds(coupon, st.just(CouponType.FIXED), AMOUNTS, SCOPES)
FREE_DELIVERY = st.builds(coupon, st.just(CouponType.FREE_DELIVERY), st.just(Decimal(0)))
COUPONS = st.lists(st.one_of(PERCENT_COUPONS, FIXED_COUPONS, FREE_DELIVERY), max_size=5)
DISCOUNTS = st.lists(
    st.one_of(
        st.builds(discount, st.just(DiscountType.PERCENT), PERCENTS, SCOPES),
        st.builds(discount, st.just(DiscountType.FIXED), AMOUNTS, SCOPES),
    ),
    max_size=4,
)


def price_order(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    discounts: list[Discount],
    coupons: list[CountedCoupon],
) -> Totals:
    currency, prices = priced
    basket = domain.fill_basket(items, GOODS, prices, discounts, TERMS, currency)
    return domain.total_up(basket, sorted(coupons, key=domain.application_order), TERMS)


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


@given(ITEMS, price_lists(), COUPONS, st.data())
def test_the_order_in_which_coupons_are_typed_does_not_matter(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    coupons: list[CountedCoupon],
    data: st.DataObject,
) -> None:
    for number, each in enumerate(coupons):
        each.code = f"CODE-{number}"
    found = {each.code: each for each in coupons}
    cart = domain.fill_basket(items, GOODS, priced[1], [], TERMS, priced[0]).cart

    typed = data.draw(st.permutations(list(found)))
    usable, refusals = domain.sort_out([*typed, *typed], found, cart, TERMS, NOW)
    again, _ = domain.sort_out(list(found), found, cart, TERMS, NOW)

    assert usable == again
    assert sorted([each.code for each in usable] + [each.code for each in refusals]) == sorted(found)
    kinds = [each.type for each in usable]
    assert kinds == sorted(kinds, key=list(CouponType).index)


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

    assert (with_coupon.grand_total, with_coupon.delivery_total) == (0, 0)
    assert (with_discount.delivery_total, with_discount.grand_total) == (Decimal("4.90"), Decimal("24.10"))
    assert (carried.delivery_total, carried.grand_total) == (0, Decimal("19.20"))


def test_half_a_cent_is_rounded_up() -> None:
    assert domain.amount_off("PERCENT", Decimal(50), Decimal("0.01"), "EUR") == Decimal("0.01")


def test_an_order_has_one_currency() -> None:
    euro, yen, both = PRODUCTS[:3]
    prices = [price(euro, Decimal(1)), price(yen, Decimal(100), "JPY")]
    prices += [price(both, Decimal(1)), price(both, Decimal(100), "JPY")]

    assert domain.require_order_currency([both], prices, "", TERMS) == "EUR"
    assert domain.require_order_currency([both, yen], prices, "", TERMS) == "JPY"
    assert domain.require_order_currency([both], prices, "JPY", TERMS) == "JPY"
    with pytest.raises(FailedPreconditionError) as refusal:
        domain.require_order_currency([euro, yen], prices, "", TERMS)
    assert refusal.value.code == "CURRENCIES_DIFFER"
    for products, wanted in (([both, PRODUCTS[3]], ""), ([both, euro], "JPY")):
        with pytest.raises(NotFoundError) as missing:
            domain.require_order_currency(products, prices, wanted, TERMS)
        assert (missing.value.code, missing.value.metadata) == (
            "PRICE_NOT_FOUND",
            {"product_id": str(products[1])},
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


@given(st.integers(-5, 5), st.integers(-5, 5), st.booleans(), st.integers(0, 20))
def test_a_coupon_is_usable_in_its_window_and_from_its_minimum_on(
    starts: int, ends: int, active: bool, goods: int
) -> None:
    each = coupon(CouponType.FIXED, Decimal(1), minimum_subtotal=Decimal(10), active=active)
    each.starts_at, each.ends_at = NOW + timedelta(days=starts), NOW + timedelta(days=ends)
    cart = domain.Cart(Decimal(goods), "EUR", frozenset(PRODUCTS[:1]), frozenset([BREAD]))

    usable, _ = domain.sort_out(["CODE"], {"CODE": each}, cart, TERMS, NOW)

    assert bool(usable) is (active and starts <= 0 < ends and goods >= 10)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"limit_total": 3, "uses": 3}, Reason.USED_UP),
        ({"limit_total": 3, "uses": 2}, None),
        ({"limit_per_customer": 1, "uses_of_customer": 1}, Reason.USED_BY_CUSTOMER),
        ({"limit_per_customer": 2, "uses_of_customer": 1, "uses": 9}, None),
        ({"first_order_only": True}, None),
        ({"first_order_only": True, "ordered_before": True}, Reason.FIRST_ORDER_ONLY),
        ({"first_order_only": True, "uses_of_customer": 1}, Reason.FIRST_ORDER_ONLY),
        ({"currency_code": "USD"}, Reason.OTHER_CURRENCY),
        ({"scope": (PRODUCTS[1], None)}, Reason.OTHER_PRODUCTS),
        ({"scope": (None, DRINKS)}, Reason.OTHER_PRODUCTS),
        ({"scope": (None, BREAD)}, None),
        ({"exclusive": True}, Reason.NOT_COMBINABLE),
    ],
)
def test_a_coupon_that_cannot_be_used_says_why(more: dict[str, Any], reason: Reason | None) -> None:
    found = {
        "CODE": coupon(CouponType.FIXED, Decimal(1), **more),
        "TEN": coupon(CouponType.PERCENT, Decimal(10)),
    }
    found["TEN"].code = "TEN"
    cart = domain.Cart(Decimal(20), "EUR", frozenset(PRODUCTS[:1]), frozenset([BREAD]))

    usable, refusals = domain.sort_out(["CODE", "TEN"], found, cart, TERMS, NOW)

    assert [each.reason for each in refusals] == ([] if reason is None else [reason])
    assert len(usable) + len(refusals) == 2


def test_of_coupons_that_all_stand_alone_the_first_is_used() -> None:
    small, large = (
        coupon(CouponType.FIXED, Decimal(value), code=f"C{value}", exclusive=True) for value in (1, 2)
    )
    cart = domain.Cart(Decimal(20), "EUR", frozenset(PRODUCTS[:1]), frozenset())

    usable, refusals = domain.sort_out(["C1", "C2"], {"C1": small, "C2": large}, cart, TERMS, NOW)

    assert (usable, [each.code for each in refusals]) == ([large], ["C1"])
