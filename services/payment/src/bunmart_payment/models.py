"""Tables of the payment service. Card details are in none of them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from bunmart_payment.domain import PaymentStatus, RefundStatus

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
MONEY = sa.Numeric(12, 2)
TIME = sa.DateTime(timezone=True)
IS_PENDING = sa.text("status = 'PENDING'")


def _one_of(statuses: type[PaymentStatus] | type[RefundStatus]) -> sa.CheckConstraint:
    names = ", ".join(f"'{status}'" for status in statuses)
    return sa.CheckConstraint(f"status IN ({names})", name="status")


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class PaymentTable(Base, table=True):
    """One attempt to pay an order, with the payment intent at Stripe behind it."""

    __tablename__ = "payments"
    __table_args__ = (
        _one_of(PaymentStatus),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("refund_total BETWEEN 0 AND amount", name="refund_total"),
        sa.CheckConstraint("currency_code ~ '^[A-Z]{3}$'", name="currency_code"),
        sa.CheckConstraint("charged_at IS NOT NULL OR status IN ('PENDING', 'FAILED')", name="charged_at"),
        sa.UniqueConstraint("stripe_payment_intent_id"),
        sa.Index("uq_payments_order_id_pending", "order_id", unique=True, postgresql_where=IS_PENDING),
        sa.Index("ix_payments_order_id_id", "order_id", "id"),
        sa.Index("ix_payments_status_id", "status", "id", postgresql_where=sa.text("archived_at IS NULL")),
        sa.Index("ix_payments_checked_at_pending", "checked_at", postgresql_where=IS_PENDING),
    )
    id: UUID = Field(primary_key=True)
    order_id: UUID
    user_id: UUID
    amount: Decimal = Field(sa_type=MONEY)
    currency_code: str = Field(sa_type=sa.Text)
    order_name: str = Field(sa_type=sa.Text)
    metadata_: dict[str, Any] = Field(sa_column=sa.Column("metadata", JSONB, nullable=False))
    status: str = Field(sa_type=sa.Text)
    failure_code: str | None = Field(sa_type=sa.Text)
    stripe_payment_intent_id: str | None = Field(sa_type=sa.Text)
    client_secret: str | None = Field(sa_type=sa.Text)
    refund_total: Decimal = Field(sa_type=MONEY)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    checked_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME)
    charged_at: datetime | None = Field(sa_type=TIME)
    archived_at: datetime | None = Field(sa_type=TIME)
    closed_at: datetime | None = Field(sa_type=TIME)


class PaymentLogTable(Base, table=True):
    """The log of a payment."""

    __tablename__ = "payment_logs"
    __table_args__ = (sa.Index("ix_payment_logs_payment_id_id", "payment_id", "id"),)
    id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(foreign_key="payments.id", ondelete="CASCADE")
    event: str = Field(sa_type=sa.Text)
    detail: str = Field(sa_type=sa.Text)
    at: datetime = Field(sa_type=TIME)


class ClosedOrderTable(Base, table=True):
    """Orders that have ended: no payment of them is opened any more."""

    __tablename__ = "closed_orders"
    order_id: UUID = Field(primary_key=True)
    closed_at: datetime = Field(sa_type=TIME)


class StripeEventTable(Base, table=True):
    """Events that Stripe sent, each once; of the payload only what the service acts on."""

    __tablename__ = "stripe_events"
    id: str = Field(primary_key=True, sa_type=sa.Text)
    type: str = Field(sa_type=sa.Text)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    received_at: datetime = Field(sa_type=TIME)


class RefundTable(Base, table=True):
    """Money on its way back to the customer."""

    __tablename__ = "refunds"
    __table_args__ = (
        _one_of(RefundStatus),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.UniqueConstraint("stripe_refund_id"),
        sa.Index("ix_refunds_payment_id", "payment_id"),
        sa.Index("ix_refunds_request_id", "request_id", postgresql_where=sa.text("request_id IS NOT NULL")),
        sa.Index("ix_refunds_updated_at_pending", "updated_at", postgresql_where=IS_PENDING),
    )
    id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(foreign_key="payments.id", ondelete="CASCADE")
    stripe_refund_id: str | None = Field(sa_type=sa.Text)
    amount: Decimal = Field(sa_type=MONEY)
    reason: str = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    request_id: UUID | None
