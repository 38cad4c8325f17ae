"""The order intent: which products and how many pieces become an order, and the first state of its rows."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_order.domain.records import Order, OrderEvent, OrderLine
from bunmart_order.domain.states import OrderStatus

DEFAULT_CURRENCY = "EUR"
"""The currency of an order that has no prices yet."""


def merge_items(items: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    """Add up quantities of the same product, in the order of first mention."""
    merged: dict[UUID, int] = {}
    for product_id, quantity in items:
        merged[product_id] = merged.get(product_id, 0) + quantity
    return merged


def require_quantities(pieces: Mapping[UUID, int]) -> None:
    """Check the pieces of each product.

    Raises:
        InvalidArgumentError: One has more than a line may have, so the order could never be priced
            (``items``).
    """
    for product_id, quantity in pieces.items():
        if quantity > MAX_QUANTITY:
            raise InvalidArgumentError.field(
                "items", f"must have at most {MAX_QUANTITY} pieces of product {product_id}"
            )


def new_order(user_id: UUID, cart_id: UUID | None) -> Order:
    """Make an order intent: pending, without prices, address or payment."""
    now = datetime.now(UTC)
    return Order(
        id=new_id(),
        user_id=user_id,
        cart_id=cart_id,
        status=OrderStatus.PENDING,
        currency_code=DEFAULT_CURRENCY,
        subtotal=None,
        discount_total=None,
        shipping_total=None,
        total=None,
        coupon_codes=[],
        shipping_address_id=None,
        billing_address_id=None,
        shipping_address=None,
        payment_id=None,
        payment_status=None,
        production_order_id=None,
        shipment_id=None,
        created_at=now,
        updated_at=now,
    )


def new_lines(order: Order, pieces: Mapping[UUID, int]) -> list[OrderLine]:
    """Make the lines of an order intent, in the order of the products and without prices."""
    return [
        OrderLine(order.id, product_id, position, quantity, None, None)
        for position, (product_id, quantity) in enumerate(pieces.items())
    ]


def new_event(
    order: Order, before: OrderStatus | None, after: OrderStatus, *, actor: str, reason: str
) -> OrderEvent:
    """Make an entry of the history; ``before`` is None for an order that did not exist before."""
    return OrderEvent(new_id(), order.id, before, after, actor, reason, datetime.now(UTC))
