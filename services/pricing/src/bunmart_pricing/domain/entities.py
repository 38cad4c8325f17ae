"""The entities that admins keep: prices, campaigns, discounts and coupons."""

import enum
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec

Entity = TypeVar("Entity", bound=msgspec.Struct)
"""A price, campaign, discount or coupon."""


class DiscountType(enum.StrEnum):
    """The unit of a discount's value: percent (10 is 10 %), or major units."""

    PERCENT = "PERCENT"
    FIXED = "FIXED"


class CouponType(enum.StrEnum):
    """The gift of a coupon: as for discounts, or the delivery. In the order in which they are applied."""

    PERCENT = "PERCENT"
    FIXED = "FIXED"
    FREE_DELIVERY = "FREE_DELIVERY"


class Price(msgspec.Struct):
    """The price of one piece of a product, from ``minimum_quantity`` pieces on, while it is valid."""

    id: UUID
    product_id: UUID
    unit_price: Decimal
    currency_code: str
    minimum_quantity: int
    valid_from: datetime | None
    valid_until: datetime | None
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
    """A reduction of one product, of a category, or of all products; FIXED is per piece.

    A FIXED value is in ``currency_code``, or in the shop's default currency when that is None.
    """

    id: UUID
    campaign_id: UUID | None
    product_id: UUID | None
    category_id: UUID | None
    type: DiscountType
    value: Decimal
    currency_code: str | None
    description: str
    active: bool
    created_at: datetime
    updated_at: datetime


class Coupon(msgspec.Struct):
    """A reduction by a code that the customer enters: of a product, of a category, or of the whole cart.

    A FIXED value and the minimum are in ``currency_code``, or in the shop's default currency when that is
    None. A limit of None does not limit.
    """

    id: UUID
    code: str
    type: CouponType
    value: Decimal
    currency_code: str | None
    description: str
    minimum_subtotal: Decimal
    product_id: UUID | None
    category_id: UUID | None
    limit_total: int | None
    limit_per_customer: int | None
    first_order_only: bool
    exclusive: bool
    starts_at: datetime | None
    ends_at: datetime | None
    active: bool
    created_at: datetime
    updated_at: datetime


class CountedCoupon(Coupon):
    """A coupon with its uses by other orders, in all and of the customer.

    ``ordered_before`` is true when another order of the customer is paid.
    """

    uses: int
    uses_of_customer: int
    ordered_before: bool


class LockedCoupon(msgspec.Struct):
    """A coupon whose row is locked, by the code that it has until the transaction ends."""

    code: str
    first_order_only: bool


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
