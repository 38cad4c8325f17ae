"""Tables of the shipping service."""

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from bunmart_shipping.domain import MAX_IMAGE_BYTES, ImageType, OrderStatus, ShipmentStatus, VehicleKind

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)
_EMPTY = {"server_default": ""}


def _words(kind: Iterable[enum.StrEnum]) -> str:
    return ", ".join(f"'{word}'" for word in kind)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class DriverTable(Base, table=True):
    """A driver; the account with role driver is optional."""

    __tablename__ = "drivers"
    __table_args__ = (sa.UniqueConstraint("user_id"),)
    id: UUID = Field(primary_key=True)
    user_id: UUID | None
    name: str = Field(sa_type=sa.Text)
    phone: str = Field(sa_type=sa.Text)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class VehicleTable(Base, table=True):
    """A vehicle."""

    __tablename__ = "vehicles"
    __table_args__ = (
        sa.CheckConstraint(f"kind IN ({_words(VehicleKind)})", name="kind"),
        sa.UniqueConstraint("plate"),
    )
    id: UUID = Field(primary_key=True)
    plate: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class ShipmentTable(Base, table=True):
    """A shipment; at most one per order of the order service."""

    __tablename__ = "shipments"
    __table_args__ = (
        sa.CheckConstraint(f"status IN ({_words(ShipmentStatus)})", name="status"),
        sa.CheckConstraint(f"order_status_confirmed IN ({_words(OrderStatus)})", name="confirmed"),
        sa.CheckConstraint(
            "status IN ('PENDING', 'CANCELLED') OR (tracking_number IS NOT NULL AND "
            "(num_nonnulls(driver_id, vehicle_id) = 2 OR "
            "(num_nonnulls(driver_id, vehicle_id) = 0 AND carrier <> '')))",
            name="details",
        ),
        sa.CheckConstraint(f"order_status_told IN ({_words(OrderStatus)})", name="told"),
        sa.CheckConstraint("(status = 'DELIVERED') = (delivered_at IS NOT NULL)", name="delivered_at"),
        sa.UniqueConstraint("order_id"),
        sa.UniqueConstraint("tracking_number"),
        sa.Index("ix_shipments_status_id", "status", "id"),
        sa.Index("ix_shipments_driver_id_id", "driver_id", "id"),
        sa.Index("ix_shipments_vehicle_id", "vehicle_id"),
    )
    id: UUID = Field(primary_key=True)
    order_id: UUID | None
    user_id: UUID
    shipping_address_id: UUID | None
    product_ids: list[UUID] = Field(sa_type=ARRAY(sa.Uuid))
    carrier: str = Field(sa_type=sa.Text)
    tracking_number: str | None = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    driver_id: UUID | None = Field(foreign_key="drivers.id")
    vehicle_id: UUID | None = Field(foreign_key="vehicles.id")
    recipient_name: str | None = Field(sa_type=sa.Text)
    recipient_phone: str | None = Field(sa_type=sa.Text)
    notes: str = Field(sa_type=sa.Text)
    estimated_delivery: datetime | None = Field(sa_type=TIME)
    delivered_at: datetime | None = Field(sa_type=TIME)
    order_status_confirmed: str | None = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    version: int
    order_number: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    order_note: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    address: dict[str, Any] | None = Field(sa_type=JSONB)
    order_cancelled: bool = Field(sa_column_kwargs={"server_default": sa.false()})
    received_by: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    order_status_told: str | None = Field(sa_type=sa.Text)
    report_owner: str | None = Field(sa_type=sa.Text)
    report_started_at: datetime | None = Field(sa_type=TIME)
    stop_asked: bool = Field(sa_column_kwargs={"server_default": sa.false()})


class KnownOrderTable(Base, table=True):
    """An order of the order service that was given to shipping or cancelled.

    A creation and a cancellation at the same time both write its row, so that one waits for the other.
    """

    __tablename__ = "known_orders"
    order_id: UUID = Field(primary_key=True)
    cancelled_at: datetime | None = Field(sa_type=TIME)


class ImageTable(Base, table=True):
    """A delivery picture."""

    __tablename__ = "delivery_images"
    __table_args__ = (
        sa.CheckConstraint(f"content_type IN ({_words(ImageType)})", name="content_type"),
        sa.CheckConstraint(f"octet_length(content) <= {MAX_IMAGE_BYTES}", name="content"),
        sa.Index("ix_delivery_images_shipment_id_id", "shipment_id", "id"),
    )
    id: UUID = Field(primary_key=True)
    shipment_id: UUID = Field(foreign_key="shipments.id", ondelete="CASCADE")
    content_type: str = Field(sa_type=sa.Text)
    content: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=TIME)


class ShipmentEventTable(Base, table=True):
    """An entry of a shipment's history: its change of state, the actor and the reason."""

    __tablename__ = "shipment_events"
    __table_args__ = (sa.Index("ix_shipment_events_shipment_id_id", "shipment_id", "id"),)
    id: UUID = Field(primary_key=True)
    shipment_id: UUID = Field(foreign_key="shipments.id", ondelete="CASCADE")
    from_status: str | None = Field(sa_type=sa.Text)
    to_status: str = Field(sa_type=sa.Text)
    actor: str = Field(sa_type=sa.Text)
    reason: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)
