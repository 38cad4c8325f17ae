"""A little shop, and strategies for its orders, discounts and coupons."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

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
    Terms,
    Totals,
)
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
