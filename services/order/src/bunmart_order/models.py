"""Tables of the order service."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from bunmart_order.domain import OrderStatus, RefundStatus

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
MONEY = sa.Numeric(12, 2)
RATE = sa.Numeric(5, 2)
TIME = sa.DateTime(timezone=True)
_STATUSES = ", ".join(f"'{status}'" for status in OrderStatus)
_REFUND_STATUSES = ", ".join(f"'{status}'" for status in RefundStatus)
_EMPTY_TEXT = {"server_default": sa.text("''")}
_ZERO = {"server_default": sa.text("0")}
_NO_ENTRIES = {"server_default": sa.text("'[]'::jsonb")}


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class OrderTable(Base, table=True):
    """An order, from the intent to delivery. Money is in major units of ``currency_code``."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        sa.CheckConstraint("total >= 0", name="total"),
        sa.UniqueConstraint("number"),
        sa.Index("ix_orders_user_id_id", "user_id", "id"),
        sa.Index("ix_orders_status_id", "status", "id"),
        # Few orders need an admin; without this index a list of them reads all the others.
        sa.Index("ix_orders_attention_id", "id", postgresql_where=sa.text("attention <> ''")),
    )
    id: UUID = Field(primary_key=True)
    user_id: UUID
    cart_id: UUID | None
    number: str | None = Field(sa_type=sa.Text)
    note: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY_TEXT)
    status: str = Field(sa_type=sa.Text)
    lines_version: int = Field(sa_column_kwargs=_ZERO)
    currency_code: str = Field(sa_type=sa.Text)
    subtotal: Decimal | None = Field(sa_type=MONEY)
    discount_total: Decimal | None = Field(sa_type=MONEY)
    shipping_total: Decimal | None = Field(sa_type=MONEY)
    total: Decimal | None = Field(sa_type=MONEY)
    tax_total: Decimal | None = Field(sa_type=MONEY)
    shipping_tax_rate: Decimal | None = Field(sa_type=RATE)
    shipping_tax_total: Decimal | None = Field(sa_type=MONEY)
    discounts: list[dict[str, str]] = Field(sa_type=JSONB, sa_column_kwargs=_NO_ENTRIES)
    quoted_at: datetime | None = Field(sa_type=TIME)
    coupon_codes: list[str] = Field(sa_type=ARRAY(sa.Text))
    shipping_address_id: UUID | None
    billing_address_id: UUID | None
    shipping_address: dict[str, Any] | None = Field(sa_type=JSONB)
    billing_address: dict[str, Any] | None = Field(sa_type=JSONB)
    payment_id: UUID | None
    payment_status: str | None = Field(sa_type=sa.Text)
    failed_payments: int = Field(sa_column_kwargs=_ZERO)
    refunded_total: Decimal = Field(sa_type=MONEY, sa_column_kwargs=_ZERO)
    refunding_total: Decimal = Field(sa_type=MONEY, sa_column_kwargs=_ZERO)
    production_order_id: UUID | None
    shipment_id: UUID | None
    attention: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY_TEXT)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class OrderLineTable(Base, table=True):
    """One product of an order as sold; priced when the order gets its details."""

    __tablename__ = "order_lines"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.Index("ix_order_lines_product_id", "product_id"),
    )
    order_id: UUID = Field(foreign_key="orders.id", primary_key=True, ondelete="CASCADE")
    product_id: UUID = Field(primary_key=True)
    position: int
    quantity: int
    note: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY_TEXT)
    unit_price: Decimal | None = Field(sa_type=MONEY)
    line_total: Decimal | None = Field(sa_type=MONEY)
    discount_total: Decimal | None = Field(sa_type=MONEY)
    tax_rate: Decimal | None = Field(sa_type=RATE)
    tax_total: Decimal | None = Field(sa_type=MONEY)
    name: str | None = Field(sa_type=sa.Text)
    unit: str | None = Field(sa_type=sa.Text)
    allergens: list[str] = Field(
        sa_type=ARRAY(sa.Text), sa_column_kwargs={"server_default": sa.text("'{}'::text[]")}
    )


class OrderEventTable(Base, table=True):
    """The history of an order: every transition and payment notice, with actor and reason."""

    __tablename__ = "order_events"
    __table_args__ = (sa.Index("ix_order_events_order_id_id", "order_id", "id"),)
    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id", ondelete="CASCADE")
    from_status: str | None = Field(sa_type=sa.Text)
    to_status: str = Field(sa_type=sa.Text)
    actor: str = Field(sa_type=sa.Text)
    reason: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)


class RefundTable(Base, table=True):
    """Money of an order that is given back, in part or in full."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.CheckConstraint(f"status IN ({_REFUND_STATUSES})", name="status"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.UniqueConstraint("number"),
        sa.Index("ix_refunds_order_id_id", "order_id", "id"),
    )
    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id", ondelete="CASCADE")
    number: str | None = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    amount: Decimal = Field(sa_type=MONEY)
    whole: bool
    lines: list[dict[str, Any]] = Field(sa_type=JSONB)
    taxes: list[dict[str, str]] = Field(sa_type=JSONB)
    reason: str = Field(sa_type=sa.Text)
    actor: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
