"""The states of an order and the transitions between them."""

import enum
from collections.abc import Mapping

from bunmart_chassis.errors import FailedPreconditionError


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
TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED}),
    OrderStatus.PAID: frozenset({OrderStatus.PRODUCTION}),
    OrderStatus.PRODUCTION: frozenset({OrderStatus.PREPARED}),
    OrderStatus.PREPARED: frozenset({OrderStatus.PACKED}),
    OrderStatus.PACKED: frozenset({OrderStatus.SHIPPING}),
    OrderStatus.SHIPPING: frozenset({OrderStatus.SHIPPED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.COMPLETED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
BY_HAND = frozenset({OrderStatus.PACKED, OrderStatus.COMPLETED, OrderStatus.CANCELLED})
"""The states that an admin may set; kitchen, payment and shipping report the others."""
DELIVERED = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
"""The states of an order that has reached its customer."""
ANNOUNCED = frozenset(JOURNEY[1:])
"""The states that the customer is told about."""


def require_transition(current: OrderStatus, target: OrderStatus) -> bool:
    """Check that an order may become ``target``.

    Returns:
        True when it moves; False when it is there already, which is acknowledged and changes nothing.

    Raises:
        FailedPreconditionError: The table of transitions does not allow it (ORDER_TRANSITION_NOT_ALLOWED);
            ``metadata.allowed`` names the states that it does allow.
    """
    if current is target:
        return False
    if target in TRANSITIONS[current]:
        return True
    allowed = ", ".join(sorted(TRANSITIONS[current])) or "none"
    raise FailedPreconditionError(
        f"An order that is {current} cannot become {target}; allowed: {allowed}.",
        code="ORDER_TRANSITION_NOT_ALLOWED",
        metadata={"status": current, "allowed": allowed},
    )


def has_passed(current: OrderStatus, target: OrderStatus) -> bool:
    """Return True for an order that was in ``target`` and moved on: a report of it is a late repeat."""
    return current in JOURNEY and target in JOURNEY and JOURNEY.index(current) > JOURNEY.index(target)


def require_by_hand(target: OrderStatus) -> None:
    """Check that an admin may set this state.

    Raises:
        FailedPreconditionError: Another service reports it (ORDER_STATUS_NOT_BY_HAND).
    """
    if target not in BY_HAND:
        raise FailedPreconditionError(
            f"{target} is reported by the service that does it; by hand: {', '.join(sorted(BY_HAND))}.",
            code="ORDER_STATUS_NOT_BY_HAND",
        )


def require_packed(status: OrderStatus) -> None:
    """Check that the parcel of an order is ready for delivery.

    Raises:
        FailedPreconditionError: It is not packed (ORDER_NOT_PACKED).
    """
    if status is not OrderStatus.PACKED:
        raise FailedPreconditionError(
            f"An order that is {status} cannot be shipped; pack it first.", code="ORDER_NOT_PACKED"
        )
