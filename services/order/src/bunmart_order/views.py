"""REST answers of the order service. Money is a decimal string in major units."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from bunmart_chassis.identity import Principal
from bunmart_chassis.money import to_wire

from bunmart_order.domain import (
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    Refund,
    RefundStatus,
    display_number,
)
from bunmart_order.service import FullOrder


class OrderLineView(msgspec.Struct, kw_only=True):
    """One line of an order as sold; prices are null until the order has its details."""

    product_id: UUID
    quantity: int
    note: str
    name: str | None
    unit: str | None
    unit_price: str | None
    line_total: str | None
    discount_total: str | None
    tax_rate: str | None
    tax_total: str | None
    allergens: list[str]


class DiscountView(msgspec.Struct, kw_only=True):
    """A reduction that is part of the price."""

    description: str
    amount: str
    coupon_code: str
    product_id: str


class OrderView(msgspec.Struct, kw_only=True):
    """An order as its customer sees it; ``attention`` is for admins."""

    order_id: UUID
    order_number: str
    user_id: UUID
    status: OrderStatus
    note: str
    lines: list[OrderLineView]
    currency_code: str
    subtotal: str | None
    discount_total: str | None
    discounts: list[DiscountView]
    shipping_total: str | None
    tax_total: str | None
    total: str | None
    refunded_total: str
    coupon_codes: list[str]
    shipping_address_id: UUID | None
    billing_address_id: UUID | None
    shipping_address: dict[str, str] | None
    billing_address: dict[str, str] | None
    quoted_at: datetime | None
    payment_id: UUID | None
    payment_status: str | None
    production_order_id: UUID | None
    shipment_id: UUID | None
    attention: str | None
    created_at: datetime
    updated_at: datetime


class OrderEventView(msgspec.Struct, kw_only=True):
    """One entry of an order's history."""

    from_status: str | None
    to_status: str
    actor: str
    reason: str
    created_at: datetime


class RefundTaxView(msgspec.Struct, kw_only=True):
    """The part of a refund with one tax rate."""

    rate: str
    amount: str
    tax: str


class RefundView(msgspec.Struct, kw_only=True):
    """A refund and its state: REQUESTED, PENDING, SUCCEEDED or FAILED.

    ``credit_note_number`` is null until the money has gone back.
    """

    refund_id: UUID
    credit_note_number: str | None
    status: RefundStatus
    amount: str
    lines: list[dict[str, Any]]
    taxes: list[RefundTaxView]
    reason: str | None
    created_at: datetime
    updated_at: datetime


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


def order_view(full: FullOrder, reader: Principal) -> OrderView:
    """Present an order to its customer or an admin."""
    order = full.order
    return OrderView(
        order_id=order.id,
        order_number=display_number(order),
        user_id=order.user_id,
        status=order.status,
        note=order.note,
        lines=[_line_view(line) for line in full.lines],
        currency_code=order.currency_code,
        subtotal=_money(order.subtotal),
        discount_total=_money(order.discount_total),
        discounts=msgspec.convert(order.discounts, list[DiscountView]),
        shipping_total=_money(order.shipping_total),
        tax_total=_money(order.tax_total),
        total=_money(order.total),
        refunded_total=to_wire(given_back(order)),
        coupon_codes=order.coupon_codes,
        shipping_address_id=order.shipping_address_id,
        billing_address_id=order.billing_address_id,
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        quoted_at=order.quoted_at,
        payment_id=order.payment_id,
        payment_status=order.payment_status,
        production_order_id=order.production_order_id,
        shipment_id=order.shipment_id,
        attention=order.attention if reader.is_admin else None,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def given_back(order: Order) -> Decimal:
    """Return what was given back of the total or is on its way."""
    return min(order.refunded_total + order.refunding_total, order.total or Decimal(0))


def _line_view(line: OrderLine) -> OrderLineView:
    return OrderLineView(
        product_id=line.product_id,
        quantity=line.quantity,
        note=line.note,
        name=line.name,
        unit=line.unit,
        unit_price=_money(line.unit_price),
        line_total=_money(line.line_total),
        discount_total=_money(line.discount_total),
        tax_rate=None if line.tax_rate is None else rate_text(line.tax_rate),
        tax_total=_money(line.tax_total),
        allergens=line.allergens,
    )


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else to_wire(amount)


def rate_text(rate: Decimal) -> str:
    """Write a tax rate in percent, without zeros at its end."""
    return f"{rate.normalize():f}"


def event_view(event: OrderEvent, reader: Principal) -> OrderEventView:
    """Present an entry of the history; a customer reads neither the names nor the texts of the staff."""
    by_staff = event.actor.startswith("user:") and event.actor != f"user:{reader.user_id}"
    hidden = by_staff and not reader.is_admin
    return OrderEventView(
        from_status=event.from_status,
        to_status=event.to_status,
        actor="bakery" if hidden else event.actor,
        reason="" if hidden else event.reason,
        created_at=event.created_at,
    )


def refund_view(refund: Refund, reader: Principal) -> RefundView:
    """Present a refund; the text of the staff is for admins."""
    return RefundView(
        refund_id=refund.id,
        credit_note_number=refund.number,
        status=refund.status,
        amount=to_wire(refund.amount),
        lines=refund.lines,
        taxes=msgspec.convert(refund.taxes, list[RefundTaxView]),
        reason=refund.reason if reader.is_admin else None,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
    )
