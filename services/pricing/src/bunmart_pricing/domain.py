"""The rules of prices, discounts and coupons, without I/O. Money is in major units.

A line gets the best discount for its product. Coupons come after that, in the order given, each on what is
left. Nothing costs less than zero, and a total is always the subtotal less what was taken off.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.money import rounded

Entity = TypeVar("Entity", bound=msgspec.Struct)
"""A price, campaign, discount or coupon."""


class DiscountType(enum.StrEnum):
    """The unit of a discount's value: percent (10 is 10 %), or major units."""

    PERCENT = "PERCENT"
    FIXED = "FIXED"


class Price(msgspec.Struct):
    """The price of one piece of a product."""

    id: UUID
    product_id: UUID
    unit_price: Decimal
    currency_code: str
    created_at: datetime
    updated_at: datetime


class Campaign(msgspec.Struct):
    """A time in which its discounts apply."""

    id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    active: bool
    created_at: datetime
    updated_at: datetime


class Discount(msgspec.Struct):
    """A reduction of one product, or of all when ``product_id`` is None; FIXED is per piece."""

    id: UUID
    campaign_id: UUID | None
    product_id: UUID | None
    type: DiscountType
    value: Decimal
    description: str
    active: bool
    created_at: datetime
    updated_at: datetime


class Coupon(msgspec.Struct):
    """A reduction of a whole order by a code that the customer enters."""

    id: UUID
    code: str
    type: DiscountType
    value: Decimal
    description: str
    minimum_subtotal: Decimal
    starts_at: datetime | None
    ends_at: datetime | None
    active: bool
    created_at: datetime
    updated_at: datetime


class Line(msgspec.Struct, frozen=True):
    """A priced line; ``discount`` is what its product's discount takes off the whole line."""

    product_id: UUID
    quantity: int
    unit_price: Decimal
    total: Decimal
    discount: Decimal
    description: str


class Totals(msgspec.Struct, frozen=True):
    """The price of an order before delivery."""

    lines: list[Line]
    subtotal: Decimal
    discount_total: Decimal
    total: Decimal
    currency_code: str


def new_entity(kind: type[Entity], entity_id: UUID, values: Mapping[str, Any], now: datetime) -> Entity:
    """Make the first state of a price, campaign, discount or coupon.

    Args:
        kind: Its struct.
        entity_id: New.
        values: All other fields, but the two times.
        now: The time at which it is created.
    """
    return kind(id=entity_id, created_at=now, updated_at=now, **values)


def changed_entity(entity: Entity, values: Mapping[str, Any], now: datetime) -> Entity:
    """Return an entity with other values, as of now."""
    return msgspec.structs.replace(entity, **values, updated_at=now)


def amount_off(
    kind: DiscountType, value: Decimal, base: Decimal, currency: str, *, pieces: int = 1
) -> Decimal:
    """Return the amount that a reduction takes off ``base``: rounded half up, never more than there is."""
    raw = base * value / 100 if kind is DiscountType.PERCENT else value * pieces
    return min(rounded(raw, currency), base)


def price_line(product_id: UUID, quantity: int, price: Price, discounts: Iterable[Discount]) -> Line:
    """Price one line with the best of the discounts that are for its product or for all."""
    total = price.unit_price * quantity
    best, description = Decimal(0), ""
    for discount in discounts:
        if discount.product_id in {None, product_id}:
            off = amount_off(discount.type, discount.value, total, price.currency_code, pieces=quantity)
            if off > best:
                best, description = off, discount.description
    return Line(product_id, quantity, price.unit_price, total, best, description)


def price_order(
    items: Sequence[tuple[UUID, int]],
    prices: Mapping[UUID, Price],
    discounts: Sequence[Discount],
    coupons: Sequence[Coupon],
) -> Totals:
    """Price an order.

    Raises:
        NotFoundError: A product has no price (PRICE_NOT_FOUND).
        FailedPreconditionError: The products are priced in different currencies (CURRENCIES_DIFFER).
    """
    missing = [product_id for product_id, _ in items if product_id not in prices]
    if missing:
        raise NotFoundError(
            f"No price for product {missing[0]}.",
            code="PRICE_NOT_FOUND",
            metadata={"product_id": str(missing[0])},
        )
    currencies = {prices[product_id].currency_code for product_id, _ in items}
    if len(currencies) != 1:
        raise FailedPreconditionError(
            f"The products are priced in {', '.join(sorted(currencies))}; order them apart.",
            code="CURRENCIES_DIFFER",
        )
    (currency,) = currencies
    lines = [
        price_line(product_id, quantity, prices[product_id], discounts) for product_id, quantity in items
    ]
    subtotal = sum((line.total for line in lines), Decimal(0))
    remaining = subtotal - sum((line.discount for line in lines), Decimal(0))
    for coupon in coupons:
        remaining -= amount_off(coupon.type, coupon.value, remaining, currency)
    return Totals(lines, subtotal, subtotal - remaining, remaining, currency)


def why_unusable(coupon: Coupon | None, subtotal: Decimal, now: datetime) -> str | None:
    """Return why a coupon cannot be used for goods of that value at that time; None when it can."""
    if coupon is None or not coupon.active:
        return "is not known"
    if coupon.starts_at is not None and now < coupon.starts_at:
        return "is not valid yet"
    if coupon.ends_at is not None and now >= coupon.ends_at:
        return "has expired"
    if subtotal < coupon.minimum_subtotal:
        return f"needs goods for at least {coupon.minimum_subtotal:.2f}"
    return None
