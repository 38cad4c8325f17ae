"""Rules of prices, for every order, discount and coupon that hypothesis can think of."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.money import exponent
from bunmart_pricing import domain
from bunmart_pricing.domain import Coupon, Discount, DiscountType, Price, Totals
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PRODUCTS = [uuid4() for _ in range(4)]
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY"])
ITEMS = st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 1000)), min_size=1, max_size=6)
TYPES = st.sampled_from(DiscountType)
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(2000), places=2)
PERCENTS = st.decimals(Decimal("0.01"), Decimal(100), places=2)


@st.composite
def prices(draw: st.DrawFn) -> dict[UUID, Price]:
    currency = draw(CURRENCIES)
    step = exponent(currency)
    steps = st.integers(0, 99_999)
    return {
        product_id: Price(uuid4(), product_id, draw(steps) * step, currency, NOW, NOW)
        for product_id in PRODUCTS
    }


@st.composite
def discounts(draw: st.DrawFn) -> Discount:
    kind = draw(TYPES)
    value = draw(PERCENTS if kind is DiscountType.PERCENT else AMOUNTS)
    product_id = draw(st.sampled_from([None, *PRODUCTS]))
    return Discount(uuid4(), None, product_id, kind, value, f"{value} off", active=True, created_at=NOW, updated_at=NOW)  # fmt: skip


def coupon(kind: DiscountType, value: Decimal, minimum: Decimal = Decimal(0)) -> Coupon:
    return Coupon(uuid4(), "CODE", kind, value, "", minimum, None, None, True, NOW, NOW)


COUPONS = st.lists(
    st.one_of(
        st.builds(coupon, st.just(DiscountType.PERCENT), PERCENTS),
        st.builds(coupon, st.just(DiscountType.FIXED), AMOUNTS),
    ),
    max_size=5,
)


def amounts(totals: Totals) -> list[Decimal]:
    """Every amount that a customer reads."""
    lines = [amount for line in totals.lines for amount in (line.unit_price, line.total, line.discount)]
    return [*lines, totals.subtotal, totals.discount_total, totals.total]


@given(ITEMS, prices(), st.lists(discounts(), max_size=4), COUPONS)
def test_the_totals_of_an_order_add_up(
    items: list[tuple[UUID, int]],
    priced: dict[UUID, Price],
    reductions: list[Discount],
    coupons: list[Coupon],
) -> None:
    totals = domain.price_order(items, priced, reductions, coupons)

    assert [(line.product_id, line.quantity) for line in totals.lines] == items
    assert all(line.total == line.unit_price * line.quantity for line in totals.lines)
    assert totals.subtotal == sum(line.total for line in totals.lines)
    assert 0 <= totals.discount_total <= totals.subtotal
    assert totals.total == totals.subtotal - totals.discount_total
    assert all(amount % exponent(totals.currency_code) == 0 for amount in amounts(totals))


@given(ITEMS, prices(), st.lists(discounts(), max_size=4), st.data())
def test_a_line_gets_the_best_of_its_discounts_and_no_others(
    items: list[tuple[UUID, int]], priced: dict[UUID, Price], reductions: list[Discount], data: st.DataObject
) -> None:
    line = domain.price_order(items, priced, reductions, []).lines[0]
    own = [each for each in reductions if each.product_id in {None, line.product_id}]
    alone = [domain.price_order(items[:1], priced, [each], []).lines[0].discount for each in own]

    assert line.discount == max(alone, default=Decimal(0))
    shuffled = data.draw(st.permutations(reductions))
    assert domain.price_order(items, priced, shuffled, []).discount_total == (
        domain.price_order(items, priced, reductions, []).discount_total
    )


@given(ITEMS, prices(), COUPONS, st.data())
def test_one_more_coupon_never_costs_more(
    items: list[tuple[UUID, int]], priced: dict[UUID, Price], coupons: list[Coupon], data: st.DataObject
) -> None:
    fewer = coupons[: data.draw(st.integers(0, len(coupons)))]

    assert (
        domain.price_order(items, priced, [], coupons).total
        <= domain.price_order(items, priced, [], fewer).total
    )


@given(ITEMS, prices(), st.lists(PERCENTS, min_size=1, max_size=4), st.data())
def test_the_order_of_percent_coupons_matters_by_no_more_than_rounding(
    items: list[tuple[UUID, int]], priced: dict[UUID, Price], values: list[Decimal], data: st.DataObject
) -> None:
    coupons = [coupon(DiscountType.PERCENT, value) for value in values]
    shuffled = data.draw(st.permutations(coupons))

    one = domain.price_order(items, priced, [], coupons)
    other = domain.price_order(items, priced, [], shuffled)

    assert abs(one.total - other.total) <= exponent(one.currency_code) * len(values)


@given(ITEMS, prices(), st.lists(AMOUNTS, min_size=1, max_size=4), st.data())
def test_the_order_of_fixed_coupons_does_not_matter(
    items: list[tuple[UUID, int]], priced: dict[UUID, Price], values: list[Decimal], data: st.DataObject
) -> None:
    coupons = [coupon(DiscountType.FIXED, value) for value in values]
    shuffled = data.draw(st.permutations(coupons))

    one = domain.price_order(items, priced, [], coupons)
    assert one.total == domain.price_order(items, priced, [], shuffled).total


@given(prices(), st.integers(1, 1000))
def test_a_full_discount_makes_a_gift_and_no_debt(priced: dict[UUID, Price], quantity: int) -> None:
    gift = [coupon(DiscountType.PERCENT, Decimal(100)), coupon(DiscountType.FIXED, Decimal(5))]

    totals = domain.price_order([(PRODUCTS[0], quantity)], priced, [], gift)

    assert (totals.total, totals.discount_total) == (Decimal(0), totals.subtotal)


def test_percent_comes_before_fixed_when_the_customer_says_so() -> None:
    priced = {PRODUCTS[0]: Price(uuid4(), PRODUCTS[0], Decimal("10.00"), "EUR", NOW, NOW)}
    ten, two = coupon(DiscountType.PERCENT, Decimal(10)), coupon(DiscountType.FIXED, Decimal(2))

    assert domain.price_order([(PRODUCTS[0], 1)], priced, [], [ten, two]).total == Decimal("7.00")
    assert domain.price_order([(PRODUCTS[0], 1)], priced, [], [two, ten]).total == Decimal("7.20")


def test_half_a_cent_is_rounded_up() -> None:
    off = domain.amount_off(DiscountType.PERCENT, Decimal(50), Decimal("0.01"), "EUR")
    assert off == Decimal("0.01")


def test_different_currencies_are_ordered_apart() -> None:
    priced = {
        product_id: Price(uuid4(), product_id, Decimal(1), currency, NOW, NOW)
        for product_id, currency in zip(PRODUCTS, ("EUR", "USD"), strict=False)
    }
    with pytest.raises(FailedPreconditionError) as refusal:
        domain.price_order([(product_id, 1) for product_id in priced], priced, [], [])
    assert refusal.value.code == "CURRENCIES_DIFFER"


def test_a_product_without_a_price_is_named() -> None:
    with pytest.raises(NotFoundError) as refusal:
        domain.price_order([(PRODUCTS[0], 1)], {}, [], [])
    assert (refusal.value.code, refusal.value.metadata) == (
        "PRICE_NOT_FOUND",
        {"product_id": str(PRODUCTS[0])},
    )


@given(st.integers(-5, 5), st.integers(-5, 5), st.booleans(), st.integers(0, 20))
def test_a_coupon_is_usable_in_its_window_and_from_its_minimum_on(
    starts: int, ends: int, active: bool, goods: int
) -> None:
    each = coupon(DiscountType.FIXED, Decimal(1), Decimal(10))
    each.starts_at, each.ends_at = NOW + timedelta(days=starts), NOW + timedelta(days=ends)
    each.active = active

    usable = domain.why_unusable(each, Decimal(goods), NOW) is None

    assert usable is (active and starts <= 0 < ends and goods >= 10)
