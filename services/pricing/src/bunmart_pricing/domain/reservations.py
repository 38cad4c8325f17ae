"""The uses of coupons by orders: reserved at Pay, counted when the money is there, given back otherwise."""

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from bunmart_pricing.domain.entities import Coupon


class UseStatus(enum.StrEnum):
    """The state of a use. A reserved one counts until its time is over, a used one always."""

    RESERVED = "RESERVED"
    USED = "USED"
    RELEASED = "RELEASED"


class Outcome(enum.StrEnum):
    """The end of a reservation, as the order service reports it."""

    USED = "USED"
    RELEASED = "RELEASED"


class CouponUse(msgspec.Struct):
    """The use of a coupon by an order."""

    order_id: UUID
    coupon_id: UUID
    user_id: UUID
    status: UseStatus
    reserved_until: datetime
    updated_at: datetime


class PricedOrder(msgspec.Struct):
    """An order that was priced at Pay, with coupons or without; USED says that it was paid.

    Attributes:
        attempt: The last attempt to pay that reserved something; 0 for a caller that does not count them.
    """

    order_id: UUID
    user_id: UUID
    status: UseStatus
    attempt: int
    updated_at: datetime


def new_uses(order: PricedOrder, coupons: Iterable[Coupon], hold_seconds: int) -> list[CouponUse]:
    """Make the reserved uses of an order."""
    until = order.updated_at + timedelta(seconds=hold_seconds)
    return [
        CouponUse(order.order_id, coupon.id, order.user_id, UseStatus.RESERVED, until, order.updated_at)
        for coupon in coupons
    ]
