"""The states of an order."""

import enum


class OrderStatus(enum.StrEnum):
    """The states of an order (``proto/bunmart/order/v1/order.proto``)."""

    PENDING = "pending"
    PAID = "paid"
    PRODUCTION = "production"
    PREPARED = "prepared"
    PACKED = "packed"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


JOURNEY = tuple(status for status in OrderStatus if status is not OrderStatus.CANCELLED)
"""The states of an order that is not cancelled, in their order."""
DELIVERED = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
"""The states of an order that has reached its customer."""
BEFORE_SHIPPING = frozenset(
    {OrderStatus.PAID, OrderStatus.PRODUCTION, OrderStatus.PREPARED, OrderStatus.PACKED}
)
"""The states of a paid order whose goods are still in the bakery."""


def has_passed(current: OrderStatus, target: OrderStatus) -> bool:
    """Return True for an order that was in ``target`` and moved on: a report of it is a late repeat."""
    return current in JOURNEY and target in JOURNEY and JOURNEY.index(current) > JOURNEY.index(target)
