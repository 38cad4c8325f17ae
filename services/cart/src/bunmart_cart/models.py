"""Tables of the cart service."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from bunmart_chassis.validation import MAX_QUANTITY
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class CartTable(Base, table=True):
    """An open cart: of a user, or of a session before login. A change of its items locks its row."""

    __tablename__ = "carts"
    __table_args__ = (
        sa.CheckConstraint("(user_id IS NULL) <> (session_id IS NULL)", name="owner"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.Index("uq_carts_user_id", "user_id", unique=True, postgresql_where=sa.text("user_id IS NOT NULL")),
        sa.Index(
            "uq_carts_session_id",
            "session_id",
            unique=True,
            postgresql_where=sa.text("session_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    user_id: UUID | None
    session_id: str | None = Field(sa_type=sa.Text)
    note: str = Field(sa_type=sa.Text)
    version: int
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    abandoned_notified_at: datetime | None = Field(sa_type=TIME)


class CartItemTable(Base, table=True):
    """One product of a cart."""

    __tablename__ = "cart_items"
    __table_args__ = (
        sa.CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", name="quantity"),
        sa.UniqueConstraint("cart_id", "product_id"),
    )
    id: UUID = Field(primary_key=True)
    cart_id: UUID = Field(foreign_key="carts.id", ondelete="CASCADE")
    product_id: UUID
    quantity: int
    note: str = Field(sa_type=sa.Text)


class CartOrderTable(Base, table=True):
    """Orders whose products have left the cart: a repeated notice must not take what was added since."""

    __tablename__ = "cart_orders"
    cart_id: UUID = Field(foreign_key="carts.id", primary_key=True, ondelete="CASCADE")
    order_id: UUID = Field(primary_key=True)


class CheckoutTable(Base, table=True):
    """A checkout, written before the order is asked for.

    The cart knows from it how many pieces an order took. ``order_id`` is written together with the answer;
    when this process dies before that, a repeat of the click must still find what it ordered.
    """

    __tablename__ = "checkouts"
    user_id: UUID = Field(primary_key=True)
    key: str = Field(sa_type=sa.Text, primary_key=True)
    cart_id: UUID = Field(index=True)
    order_key: str = Field(sa_type=sa.Text)
    lines: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=sa.DateTime(timezone=True), index=True)
    order_id: UUID | None
    note: str = Field(sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    is_whole: bool = Field(sa_column_kwargs={"server_default": sa.false()})
    in_cart: bool = Field(sa_column_kwargs={"server_default": sa.false()})


class RestoredOrderTable(Base, table=True):
    """Orders whose products have been put back. It outlives the cart: a repeat must not fill the next one."""

    __tablename__ = "restored_orders"
    order_id: UUID = Field(primary_key=True)
    user_id: UUID
    restored_at: datetime = Field(sa_type=TIME, index=True)
