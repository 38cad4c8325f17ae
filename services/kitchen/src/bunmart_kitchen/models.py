"""Tables of the kitchen service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from bunmart_kitchen.domain import MAX_IMAGE_BYTES, ImageType, Phase

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)
_EMPTY = {"server_default": ""}
_PHASES = ", ".join(f"'{phase}'" for phase in Phase)
_IMAGE_TYPES = ", ".join(f"'{kind}'" for kind in ImageType)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class ProductionOrderTable(Base, table=True):
    """A production order; at most one per order of the order service."""

    __tablename__ = "production_orders"
    __table_args__ = (
        sa.CheckConstraint(f"phase IN ({_PHASES})", name="phase"),
        sa.CheckConstraint("progress_percent BETWEEN 0 AND 100", name="progress_percent"),
        sa.CheckConstraint("phase <> 'COMPLETED' OR progress_percent = 100", name="completed"),
        sa.UniqueConstraint("user_order_id"),
        sa.Index("ix_production_orders_phase_id", "phase", "id"),
    )
    id: UUID = Field(primary_key=True)
    user_order_id: UUID | None
    phase: str = Field(sa_type=sa.Text)
    progress_percent: int
    notes: str = Field(sa_type=sa.Text)
    prepared_notified_at: datetime | None = Field(sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    version: int
    order_number: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    order_note: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    cancel_reason: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    customer_id: UUID | None


class KnownOrderTable(Base, table=True):
    """An order of the order service that was given to the kitchen or cancelled.

    A creation and a cancellation at the same time both write its row, so that one waits for the other.
    """

    __tablename__ = "known_orders"
    order_id: UUID = Field(primary_key=True)
    cancelled_at: datetime | None = Field(sa_type=TIME)


class ProductionLineTable(Base, table=True):
    """One product of a production order."""

    __tablename__ = "production_order_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)
    production_order_id: UUID = Field(
        foreign_key="production_orders.id", primary_key=True, ondelete="CASCADE"
    )
    product_id: UUID = Field(primary_key=True)
    position: int
    quantity: int
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    note: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)
    allergens: list[str] = Field(sa_type=ARRAY(sa.Text), sa_column_kwargs={"server_default": "{}"})
    unit: str = Field(sa_type=sa.Text, sa_column_kwargs=_EMPTY)


class ImageTable(Base, table=True):
    """A preparation image: a link, or bytes with their type."""

    __tablename__ = "preparation_images"
    __table_args__ = (
        sa.CheckConstraint(
            "num_nonnulls(url, content) = 1 AND num_nonnulls(url, content_type) = 1", name="source"
        ),
        sa.CheckConstraint(f"content_type IN ({_IMAGE_TYPES})", name="content_type"),
        sa.CheckConstraint(f"octet_length(content) <= {MAX_IMAGE_BYTES}", name="content"),
        sa.UniqueConstraint("production_order_id", "url"),
        sa.Index("ix_preparation_images_production_order_id_id", "production_order_id", "id"),
    )
    id: UUID = Field(primary_key=True)
    production_order_id: UUID = Field(foreign_key="production_orders.id", ondelete="CASCADE")
    url: str | None = Field(sa_type=sa.Text)
    content_type: str | None = Field(sa_type=sa.Text)
    content: bytes | None = Field(sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=TIME)
