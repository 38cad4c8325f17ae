"""The rules of an order, without I/O: its states, what it costs, when it can be paid."""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.validation import MAX_QUANTITY


class OrderStatus(enum.StrEnum):
    """States of an order (brief, "End-to-end order states")."""

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
"""What an admin may set; the other states are reached by what kitchen, payment and shipping report."""
DELIVERED = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
ANNOUNCED = frozenset(JOURNEY[1:])
"""States that the customer is told about."""


class Order(msgspec.Struct, kw_only=False):
    """An order; money in major units of ``currency_code``, None until it has its details."""

    id: UUID
    user_id: UUID
    cart_id: UUID | None
    status: OrderStatus
    currency_code: str
    subtotal: Decimal | None
    discount_total: Decimal | None
    shipping_total: Decimal | None
    total: Decimal | None
    coupon_codes: list[str]
    shipping_address_id: UUID | None
    billing_address_id: UUID | None
    shipping_address: dict[str, Any] | None
    payment_id: UUID | None
    payment_status: str | None
    production_order_id: UUID | None
    shipment_id: UUID | None
    created_at: datetime
    updated_at: datetime


class OrderLine(msgspec.Struct):
    """One product of an order; money in major units, None until the order is priced."""

    order_id: UUID
    product_id: UUID
    position: int
    quantity: int
    unit_price: Decimal | None
    line_total: Decimal | None


class OrderEvent(msgspec.Struct):
    """One entry of an order's history."""

    id: UUID
    order_id: UUID
    from_status: str | None
    to_status: str
    actor: str
    reason: str
    created_at: datetime


def transition(current: OrderStatus, target: OrderStatus) -> bool:
    """Decide whether an order moves.

    Returns:
        True when it moves; False when it is there already, which is acknowledged and changes nothing.

    Raises:
        FailedPreconditionError: The table does not allow it; ``metadata.allowed`` names what it does allow.
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
    """Whether an order has been in ``target`` and moved on, so that a report of it is a late repeat."""
    return current in JOURNEY and target in JOURNEY and JOURNEY.index(current) > JOURNEY.index(target)


def merge_items(items: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    """Add up quantities of the same product, in the order of first mention."""
    merged: dict[UUID, int] = {}
    for product_id, quantity in items:
        merged[product_id] = merged.get(product_id, 0) + quantity
    return merged


def require_quantities(pieces: Mapping[UUID, int]) -> None:
    """Refuse more pieces of a product than a line may have: the order could never be priced."""
    for product_id, quantity in pieces.items():
        if quantity > MAX_QUANTITY:
            raise InvalidArgumentError.field(
                "items", f"must have at most {MAX_QUANTITY} pieces of product {product_id}"
            )


def shipping_total(goods: Decimal, *, fee: Decimal, free_from: Decimal) -> Decimal:
    """Delivery fee for goods of that value after discounts, in major units."""
    return Decimal(0) if goods >= free_from else fee


def require_payable(order: Order) -> Decimal:
    """The amount to pay, in major units.

    Raises:
        FailedPreconditionError: It is not pending (ORDER_NOT_PAYABLE), or address and prices are missing
            (ORDER_INCOMPLETE).
    """
    if order.status is not OrderStatus.PENDING:
        raise FailedPreconditionError(
            f"An order that is {order.status} cannot be paid.", code="ORDER_NOT_PAYABLE"
        )
    if order.total is None or order.shipping_address_id is None:
        raise FailedPreconditionError(
            "Choose an address first: the order has no prices yet.", code="ORDER_INCOMPLETE"
        )
    return order.total


def accepts_payment(order: Order, payment_id: UUID) -> bool:
    """Whether a successful payment pays this order; False means that it already did.

    Raises:
        FailedPreconditionError: The money is not for this order as it is now: it was cancelled, changed, or
            paid otherwise (ORDER_NOT_PAYABLE). The payment service refunds.
    """
    if order.payment_id == payment_id and order.status is not OrderStatus.CANCELLED:
        return order.status is OrderStatus.PENDING
    raise FailedPreconditionError(
        f"Order {order.id} does not wait for payment {payment_id}.", code="ORDER_NOT_PAYABLE"
    )
