"""The structs that rows of the order service are read into."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from bunmart_order.domain.states import OrderStatus


class Order(msgspec.Struct, kw_only=False):
    """An order; money in major units of ``currency_code``, None until it has its details.

    Attributes:
        number: Read by people, ``BM-7K2Q-9D4M``; None for an order of a release that had none.
        lines_version: Counts the changes of its lines.
        quoted_at: The time at which it was priced.
        discounts: Each with ``description``, ``amount``, ``coupon_code`` and ``product_id``.
        shipping_address: As it was when the details were set, like ``billing_address``.
        failed_payments: Counts the payments that ended without money; the next attempt to pay is one more.
        refunded_total: What payment has given back.
        refunding_total: What is on its way back.
        attention: What an admin has to look at; empty when there is nothing.
    """

    id: UUID
    user_id: UUID
    cart_id: UUID | None
    number: str | None
    note: str
    status: OrderStatus
    lines_version: int
    currency_code: str
    subtotal: Decimal | None
    discount_total: Decimal | None
    shipping_total: Decimal | None
    total: Decimal | None
    tax_total: Decimal | None
    shipping_tax_rate: Decimal | None
    shipping_tax_total: Decimal | None
    discounts: list[dict[str, str]]
    quoted_at: datetime | None
    coupon_codes: list[str]
    shipping_address_id: UUID | None
    billing_address_id: UUID | None
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    payment_id: UUID | None
    payment_status: str | None
    failed_payments: int
    refunded_total: Decimal
    refunding_total: Decimal
    production_order_id: UUID | None
    shipment_id: UUID | None
    attention: str
    created_at: datetime
    updated_at: datetime


class OrderLine(msgspec.Struct):
    """One product of an order as sold; what pricing says is None until the order is priced."""

    order_id: UUID
    product_id: UUID
    position: int
    quantity: int
    note: str
    unit_price: Decimal | None
    line_total: Decimal | None
    discount_total: Decimal | None
    tax_rate: Decimal | None
    tax_total: Decimal | None
    name: str | None
    unit: str | None
    allergens: list[str]


class Pieces(msgspec.Struct):
    """A number of pieces of a product."""

    product_id: UUID
    quantity: int


class OrderEvent(msgspec.Struct):
    """One entry of an order's history."""

    id: UUID
    order_id: UUID
    from_status: str | None
    to_status: str
    actor: str
    reason: str
    created_at: datetime


class RefundStatus(enum.StrEnum):
    """The states of a refund: asked for, on its way at payment, and its two ends."""

    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Refund(msgspec.Struct):
    """Money of an order that is given back.

    Attributes:
        number: Of its credit note, ``BM-7K2Q-9D4M-C1``; None until the money has gone back.
        whole: True for all that is left, whatever payment finds that to be.
        lines: Pieces by product, when it is for goods: ``product_id``, ``quantity`` and ``amount``.
        taxes: The parts of the amount by tax rate: ``rate``, ``amount`` and ``tax``.
    """

    id: UUID
    order_id: UUID
    number: str | None
    status: RefundStatus
    amount: Decimal
    whole: bool
    lines: list[dict[str, Any]]
    taxes: list[dict[str, str]]
    reason: str
    actor: str
    created_at: datetime
    updated_at: datetime


class Sale(NamedTuple):
    """A paid order with all that its receipt and its credit notes show."""

    order: Order
    lines: list[OrderLine]
    refunds: list[Refund]
    paid_at: datetime
