"""Tables of the pricing service. Money is in major units."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlmodel import Field, SQLModel

from bunmart_pricing.domain import UseStatus

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
MONEY = sa.Numeric(12, 2)
TIME = sa.DateTime(timezone=True)
_VALUE = "value > 0 AND (type = 'FIXED' OR (type = 'PERCENT' AND value <= 100))"
_COUPON_VALUE = f"({_VALUE}) OR (type = 'FREE_DELIVERY' AND value = 0)"
_SCOPE = "product_id IS NULL OR category_id IS NULL"
_STATUS = f"status IN ({', '.join(repr(each.value) for each in UseStatus)})"
_NO = {"server_default": sa.false()}


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class PriceTable(Base, table=True):
    """The unit price of a product in a currency, from a quantity on, in a time."""

    __tablename__ = "prices"
    __table_args__ = (
        sa.UniqueConstraint(
            *("product_id", "currency_code", "minimum_quantity", "valid_from", "valid_until"),
            name="uq_prices_product_id_currency_code",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("unit_price >= 0", name="unit_price"),
        sa.CheckConstraint("minimum_quantity >= 1", name="minimum_quantity"),
        sa.CheckConstraint("valid_from < valid_until", name="window"),
    )
    id: UUID = Field(primary_key=True)
    product_id: UUID
    unit_price: Decimal = Field(sa_type=MONEY)
    currency_code: str = Field(sa_type=sa.Text)
    minimum_quantity: int = Field(sa_column_kwargs={"server_default": "1"})
    valid_from: datetime | None = Field(sa_type=TIME)
    valid_until: datetime | None = Field(sa_type=TIME)
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
    """A reduction of a product, a category, or all; without a campaign it applies while it is active."""

    __tablename__ = "discounts"
    __table_args__ = (
        sa.CheckConstraint(_VALUE, name="value"),
        sa.CheckConstraint(_SCOPE, name="scope"),
        sa.Index("ix_discounts_product_id", "product_id", postgresql_where=sa.text("active")),
    )
    id: UUID = Field(primary_key=True)
    campaign_id: UUID | None = Field(foreign_key="campaigns.id", ondelete="CASCADE", index=True)
    product_id: UUID | None
    category_id: UUID | None
    type: str = Field(sa_type=sa.Text)
    value: Decimal = Field(sa_type=MONEY)
    currency_code: str | None = Field(sa_type=sa.Text)
    description: str = Field(sa_type=sa.Text)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class CouponTable(Base, table=True):
    """A code that takes something off an order, or makes its delivery free."""

    __tablename__ = "coupons"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.CheckConstraint(_COUPON_VALUE, name="value"),
        sa.CheckConstraint(_SCOPE, name="scope"),
        sa.CheckConstraint("limit_total >= 1 AND limit_per_customer >= 1", name="limits"),
        sa.CheckConstraint("code = upper(code)", name="code"),
    )
    id: UUID = Field(primary_key=True)
    code: str = Field(sa_type=sa.Text)
    type: str = Field(sa_type=sa.Text)
    value: Decimal = Field(sa_type=MONEY)
    currency_code: str | None = Field(sa_type=sa.Text)
    description: str = Field(sa_type=sa.Text)
    minimum_subtotal: Decimal = Field(sa_type=MONEY)
    product_id: UUID | None
    category_id: UUID | None
    limit_total: int | None
    limit_per_customer: int | None
    first_order_only: bool = Field(sa_column_kwargs=_NO)
    exclusive: bool = Field(sa_column_kwargs=_NO)
    starts_at: datetime | None = Field(sa_type=TIME)
    ends_at: datetime | None = Field(sa_type=TIME)
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class PricedOrderTable(Base, table=True):
    """An order that was priced at Pay. A customer with one that is USED has ordered before."""

    __tablename__ = "priced_orders"
    __table_args__ = (
        sa.CheckConstraint(_STATUS, name="status"),
        sa.Index("ix_priced_orders_user_id", "user_id", postgresql_where=sa.text("status = 'USED'")),
    )
    order_id: UUID = Field(primary_key=True)
    user_id: UUID
    status: str = Field(sa_type=sa.Text)
    attempt: int = Field(sa_column_kwargs={"server_default": sa.text("0")})
    updated_at: datetime = Field(sa_type=TIME)


class CouponUseTable(Base, table=True):
    """The use of a coupon by an order."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        sa.CheckConstraint(_STATUS, name="status"),
        sa.Index("ix_coupon_uses_coupon_id_user_id", "coupon_id", "user_id"),
    )
    order_id: UUID = Field(primary_key=True, foreign_key="priced_orders.order_id", ondelete="CASCADE")
    coupon_id: UUID = Field(primary_key=True, foreign_key="coupons.id", ondelete="CASCADE")
    user_id: UUID
    status: str = Field(sa_type=sa.Text)
    reserved_until: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
