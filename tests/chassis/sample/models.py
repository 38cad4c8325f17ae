"""The sample's tables."""

import enum
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlmodel import Field, SQLModel

METADATA = sa.MetaData(naming_convention=NAMING)


class Colour(enum.StrEnum):
    red = "red"
    blue = "blue"


class Line(SQLModel, table=True):
    __tablename__ = "lines"
    metadata = METADATA
    __table_args__ = (sa.CheckConstraint("quantity < 900", name="quantity"),)

    id: UUID = Field(primary_key=True)
    product_id: UUID = Field(unique=True)
    quantity: int
    note: str = Field(max_length=50)
    price: Decimal = Field(sa_type=sa.Numeric(12, 2))
    colour: str
    extra: dict[str, str] | None = Field(default=None, sa_type=sa.dialects.postgresql.JSONB)


idempotency_table(METADATA)
