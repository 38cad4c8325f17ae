"""The totals of an order. Money is in major units, prices are gross.

A line gets the best discount for its product. Coupons come after that in their fixed order, each on what is
left. Nothing costs less than zero. What a coupon takes off is spread over the lines by what is left of them,
so that the shares of the lines add up, and each line knows the tax that it contains.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.money import exponent, rounded

from bunmart_pricing.domain.coupons import Cart, is_for
from bunmart_pricing.domain.entities import Coupon, CouponType, Discount, DiscountType, Price
from bunmart_pricing.domain.prices import current_prices, price_for, price_missing
from bunmart_pricing.domain.terms import Terms

NAMELESS = "Discount"
"""The text that customers read of a discount without a description."""


class Goods(msgspec.Struct, frozen=True):
    """A product as it is sold now."""

    product_id: UUID
    name: str = ""
    unit: str = "piece"
    category_id: UUID | None = None
    tax_category: str = "food"
    allergens: tuple[str, ...] = ()


class Reduction(msgspec.Struct, frozen=True):
    """One reduction that took part; without a product it is for the whole order."""

    description: str
    amount: Decimal
    coupon_code: str = ""
    product_id: UUID | None = None


class Line(msgspec.Struct, frozen=True):
    """A priced line; ``discount`` is what the discount of its product takes off the whole line."""

    goods: Goods
    quantity: int
    unit_price: Decimal
    total: Decimal
    discount: Decimal
    description: str


class Basket(msgspec.Struct, frozen=True):
    """Priced lines before coupons."""

    lines: list[Line]
    currency_code: str

    @property
    def subtotal(self) -> Decimal:
        """The value of the goods before all reductions."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def cart(self) -> Cart:
        """The part of it that decides about coupons."""
        return Cart(
            subtotal=self.subtotal,
            currency_code=self.currency_code,
            product_ids=frozenset(line.goods.product_id for line in self.lines),
            category_ids=frozenset(
                line.goods.category_id for line in self.lines if line.goods.category_id is not None
            ),
        )


class TaxedLine(msgspec.Struct, frozen=True):
    """A line with its share in all reductions and the tax that the rest contains; the rate in percent."""

    line: Line
    discount_total: Decimal
    tax_rate: Decimal
    tax_total: Decimal


class Totals(msgspec.Struct, frozen=True):
    """The price of an order; ``total`` is of the goods, ``grand_total`` with the delivery."""

    lines: list[TaxedLine]
    subtotal: Decimal
    discount_total: Decimal
    total: Decimal
    currency_code: str
    delivery_total: Decimal
    delivery_tax_rate: Decimal
    delivery_tax_total: Decimal
    grand_total: Decimal
    tax_total: Decimal
    reductions: list[Reduction]


def amount_off(kind: str, value: Decimal, base: Decimal, currency: str, *, pieces: int = 1) -> Decimal:
    """Return the amount that a reduction takes off ``base``: rounded half up, never more than there is."""
    raw = base * value / 100 if kind == DiscountType.PERCENT else value * pieces
    return min(rounded(raw, currency), base)


def is_in_currency(discount: Discount, currency: str, terms: Terms) -> bool:
    """True when a discount can be taken off a price in that currency."""
    own = discount.currency_code or terms.default_currency
    return discount.type is DiscountType.PERCENT or own == currency


def applies(discount: Discount, goods: Goods, currency: str, terms: Terms) -> bool:
    """True when a discount is for that product in that currency."""
    return (
        discount.product_id in {None, goods.product_id}
        and discount.category_id in {None, goods.category_id}
        and is_in_currency(discount, currency, terms)
    )


def fill_basket(
    items: Sequence[tuple[UUID, int]],
    goods: Mapping[UUID, Goods],
    prices: Iterable[Price],
    discounts: Sequence[Discount],
    terms: Terms,
    currency: str,
) -> Basket:
    """Price the lines of an order in a currency, each with the best of its discounts.

    Raises:
        NotFoundError: A product has no price in that currency for so many pieces (PRICE_NOT_FOUND).
    """
    by_product: dict[UUID, list[Price]] = {}
    for price in current_prices(prices, currency):
        by_product.setdefault(price.product_id, []).append(price)
    lines = []
    for product_id, quantity in items:
        price_of_line = price_for(quantity, by_product.get(product_id, []))
        if price_of_line is None:
            raise price_missing(product_id, currency)
        product = goods[product_id]
        own = [each for each in discounts if applies(each, product, currency, terms)]
        lines.append(_price_line(product, quantity, price_of_line, own))
    return Basket(lines, currency)


def _price_line(goods: Goods, quantity: int, price: Price, discounts: Iterable[Discount]) -> Line:
    total = price.unit_price * quantity
    best, description = Decimal(0), ""
    for discount in discounts:
        off = amount_off(discount.type, discount.value, total, price.currency_code, pieces=quantity)
        if off > best:
            best, description = off, discount.description
    return Line(goods, quantity, price.unit_price, total, best, description)


def total_up(basket: Basket, coupons: Sequence[Coupon], terms: Terms) -> Totals:
    """Apply the coupons in the order given, and add delivery and tax."""
    currency = basket.currency_code
    left = [line.total - line.discount for line in basket.lines]
    delivery = terms.delivery_fee(sum(left, Decimal(0)), currency)
    reductions = _product_reductions(basket.lines)
    for coupon in coupons:
        if coupon.type is CouponType.FREE_DELIVERY:
            delivery = Decimal(0)
            reductions.append(Reduction(_name(coupon), Decimal(0), coupon.code))
            continue
        base = [
            rest if is_for(coupon, line.goods.product_id, line.goods.category_id) else Decimal(0)
            for line, rest in zip(basket.lines, left, strict=True)
        ]
        off = amount_off(coupon.type, coupon.value, sum(base, Decimal(0)), currency)
        left = [rest - share for rest, share in zip(left, spread(off, base, currency), strict=True)]
        reductions.append(Reduction(_name(coupon), off, coupon.code, coupon.product_id))
    lines = [
        _taxed(line, rest, terms.tax_rate(line.goods.tax_category), currency)
        for line, rest in zip(basket.lines, left, strict=True)
    ]
    subtotal, total = basket.subtotal, sum(left, Decimal(0))
    delivery_tax = tax_in(delivery, terms.delivery_tax_rate, currency)
    return Totals(
        lines=lines,
        subtotal=subtotal,
        discount_total=subtotal - total,
        total=total,
        currency_code=currency,
        delivery_total=delivery,
        delivery_tax_rate=terms.delivery_tax_rate,
        delivery_tax_total=delivery_tax,
        grand_total=total + delivery,
        tax_total=sum((line.tax_total for line in lines), delivery_tax),
        reductions=reductions,
    )


def _name(coupon: Coupon) -> str:
    """Return what customers read; a coupon without a description has its code."""
    return coupon.description or coupon.code


def spread(amount: Decimal, parts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Divide an amount by the size of the parts, in whole steps of the currency, so that it adds up exactly.

    Steps that are left over go to the parts with the largest remainders, the first of equal ones. No part
    gets more than its size while the amount is no more than all parts together.
    """
    step, whole = exponent(currency), sum(parts, Decimal(0))
    if not whole:
        return [Decimal(0) for _ in parts]
    steps, size = int(amount / step), int(whole / step)
    shares = [divmod(steps * int(part / step), size) for part in parts]
    left_over = steps - sum(quotient for quotient, _ in shares)
    first = sorted(range(len(parts)), key=lambda index: -shares[index][1])[:left_over]
    return [(quotient + (index in first)) * step for index, (quotient, _) in enumerate(shares)]


def tax_in(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Return the tax that a gross amount contains at a rate in percent."""
    return rounded(gross * rate / (100 + rate), currency)


def _taxed(line: Line, rest: Decimal, rate: Decimal, currency: str) -> TaxedLine:
    return TaxedLine(line, line.total - rest, rate, tax_in(rest, rate, currency))


def _product_reductions(lines: Iterable[Line]) -> list[Reduction]:
    """Add up what the discounts of products take off, by product and name."""
    amounts: dict[tuple[UUID, str], Decimal] = {}
    for line in lines:
        if line.discount:
            key = line.goods.product_id, line.description
            amounts[key] = amounts.get(key, Decimal(0)) + line.discount
    return [
        Reduction(description or NAMELESS, amount, product_id=product_id)
        for (product_id, description), amount in amounts.items()
    ]
