"""The structs that rows of the order service are read into."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from bunmart_order.domain.states import OrderStatus


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
