"""REST requests and responses of the order service. Money is a decimal string in major units."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.money import to_wire
from bunmart_chassis.rest import Schema
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_order.domain import OrderEvent, OrderLine, OrderStatus
from bunmart_order.service import FullOrder

Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY, description="Pieces")]
Coupon = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class NewOrderLine(Schema):
    """A product to order."""

    product_id: UUID
    quantity: Quantity


class NewOrder(Schema):
    """An order intent without a cart."""

    items: Annotated[list[NewOrderLine], msgspec.Meta(min_length=1, max_length=100)]


class OrderDetails(Schema):
    """The choices of the customer on the order page.

    Attributes:
        address_id: Delivery address, one of the user's.
        billing_address_id: If it differs.
        coupon_codes: Coupons to apply.
        user_id: The customer; only checked against the token.
    """

    address_id: UUID
    billing_address_id: UUID | None = None
    coupon_codes: Annotated[list[Coupon], msgspec.Meta(max_length=5)] = []
    user_id: UUID | None = None


class NewStatus(Schema):
    """A state set by hand: packed, completed or cancelled."""

    status: OrderStatus
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class OrderLineView(msgspec.Struct, kw_only=True):
    """One line of an order; prices are null until the order has its details."""

    product_id: UUID
    quantity: int
    unit_price: str | None
    line_total: str | None


class OrderView(msgspec.Struct, kw_only=True):
    """An order as its customer sees it."""

    order_id: UUID
    user_id: UUID
    status: OrderStatus
    lines: list[OrderLineView]
    currency_code: str
    subtotal: str | None
    discount_total: str | None
    shipping_total: str | None
    total: str | None
    coupon_codes: list[str]
    shipping_address_id: UUID | None
    billing_address_id: UUID | None
    shipping_address: dict[str, str] | None
    payment_id: UUID | None
    payment_status: str | None
    production_order_id: UUID | None
    shipment_id: UUID | None
    created_at: datetime
    updated_at: datetime


class OrderEventView(msgspec.Struct, kw_only=True):
    """One entry of an order's history."""

    from_status: str | None
    to_status: str
    actor: str
    reason: str
    created_at: datetime


class PaymentIntentView(msgspec.Struct, kw_only=True):
    """The values for the payment page. Both are empty when nothing was to be paid; the order is paid then."""

    payment_intent_id: str
    client_secret: str


class ProductionOrderRef(msgspec.Struct):
    """The kitchen's production order, where the admin goes on."""

    production_order_id: UUID


class ShipmentRef(msgspec.Struct):
    """The shipment, where the admin goes on."""

    shipment_id: UUID


def order_view(full: FullOrder) -> OrderView:
    """Present an order."""
    order = full.order
    return OrderView(
        order_id=order.id,
        user_id=order.user_id,
        status=order.status,
        lines=[_line_view(line) for line in full.lines],
        currency_code=order.currency_code,
        subtotal=None if order.subtotal is None else to_wire(order.subtotal),
        discount_total=None if order.discount_total is None else to_wire(order.discount_total),
        shipping_total=None if order.shipping_total is None else to_wire(order.shipping_total),
        total=None if order.total is None else to_wire(order.total),
        coupon_codes=order.coupon_codes,
        shipping_address_id=order.shipping_address_id,
        billing_address_id=order.billing_address_id,
        shipping_address=order.shipping_address,
        payment_id=order.payment_id,
        payment_status=order.payment_status,
        production_order_id=order.production_order_id,
        shipment_id=order.shipment_id,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def _line_view(line: OrderLine) -> OrderLineView:
    return OrderLineView(
        product_id=line.product_id,
        quantity=line.quantity,
        unit_price=None if line.unit_price is None else to_wire(line.unit_price),
        line_total=None if line.line_total is None else to_wire(line.line_total),
    )


def event_view(event: OrderEvent) -> OrderEventView:
    """Present an entry of the history."""
    return OrderEventView(
        from_status=event.from_status,
        to_status=event.to_status,
        actor=event.actor,
        reason=event.reason,
        created_at=event.created_at,
    )
