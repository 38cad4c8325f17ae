"""Tables of the pricing service. Money is in major units."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlmodel import Field, SQLModel

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
MONEY = sa.Numeric(12, 2)
TIME = sa.DateTime(timezone=True)
_VALUE = "value > 0 AND (type = 'FIXED' OR (type = 'PERCENT' AND value <= 100))"


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class PriceTable(Base, table=True):
    """The unit price of a product."""

    __tablename__ = "prices"
    __table_args__ = (
        sa.UniqueConstraint("product_id"),
        sa.CheckConstraint("unit_price >= 0", name="unit_price"),
    )
    id: UUID = Field(primary_key=True)
    product_id: UUID
    unit_price: Decimal = Field(sa_type=MONEY)
    currency_code: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class CampaignTable(Base, table=True):
    """A time in which its discounts apply."""

    __tablename__ = "campaigns"
    __table_args__ = (sa.CheckConstraint("starts_at < ends_at", name="window"),)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    starts_at: datetime = Field(sa_type=TIME)
    ends_at: datetime = Field(sa_type=TIME)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class DiscountTable(Base, table=True):
    """A reduction of one product, or of all; without a campaign it applies while it is active."""

    __tablename__ = "discounts"
    __table_args__ = (
        sa.CheckConstraint(_VALUE, name="value"),
        sa.Index("ix_discounts_product_id", "product_id", postgresql_where=sa.text("active")),
    )
    id: UUID = Field(primary_key=True)
    campaign_id: UUID | None = Field(foreign_key="campaigns.id", ondelete="CASCADE", index=True)
    product_id: UUID | None
    type: str = Field(sa_type=sa.Text)
    value: Decimal = Field(sa_type=MONEY)
    description: str = Field(sa_type=sa.Text)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class CouponTable(Base, table=True):
    """A code that takes something off a whole order."""

    __tablename__ = "coupons"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.CheckConstraint(_VALUE, name="value"),
        sa.CheckConstraint("code = upper(code)", name="code"),
    )
    id: UUID = Field(primary_key=True)
    code: str = Field(sa_type=sa.Text)
    type: str = Field(sa_type=sa.Text)
    value: Decimal = Field(sa_type=MONEY)
    description: str = Field(sa_type=sa.Text)
    minimum_subtotal: Decimal = Field(sa_type=MONEY)
    starts_at: datetime | None = Field(sa_type=TIME)
    ends_at: datetime | None = Field(sa_type=TIME)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
