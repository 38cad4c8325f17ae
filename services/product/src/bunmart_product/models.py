"""Tables of the product service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlmodel import Field, SQLModel

from bunmart_product.domain import DEFAULT_TAX_CATEGORY, DEFAULT_UNIT, MAX_IMAGE_BYTES, ImageType

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)
NAMES = sa.ARRAY(sa.Text)
BYTEWISE = sa.Text(collation="C")
_IMAGE_TYPES = ", ".join(f"'{kind}'" for kind in ImageType)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class CategoryTable(Base, table=True):
    """A category; the list is flat."""

    __tablename__ = "categories"
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text, unique=True)
    sort_order: int


class TagTable(Base, table=True):
    """A tag."""

    __tablename__ = "tags"
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text, unique=True)


class ProductTable(Base, table=True):
    """A product. ``sort_name`` and ``search_text`` are folded in Python, whatever Postgres' locale."""

    __tablename__ = "products"
    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.Index("ix_products_sort_name_id", "sort_name", "id"),
        sa.Index("ix_products_category_id_sort_name_id", "category_id", "sort_name", "id"),
    )
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    sort_name: str = Field(sa_type=BYTEWISE)
    search_text: str = Field(sa_type=BYTEWISE)
    description: str = Field(sa_type=sa.Text)
    category_id: UUID | None = Field(foreign_key="categories.id", ondelete="SET NULL")
    unit: str = Field(sa_type=sa.Text, sa_column_kwargs={"server_default": DEFAULT_UNIT})
    tax_category: str = Field(sa_type=sa.Text, sa_column_kwargs={"server_default": DEFAULT_TAX_CATEGORY})
    allergens: list[str] = Field(sa_type=NAMES, sa_column_kwargs={"server_default": "{}"})
    active: bool
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    version: int


class ProductTagTable(Base, table=True):
    """A tag of a product."""

    __tablename__ = "product_tags"
    __table_args__ = (sa.Index("ix_product_tags_tag_id", "tag_id"),)
    product_id: UUID = Field(foreign_key="products.id", primary_key=True, ondelete="CASCADE")
    tag_id: UUID = Field(foreign_key="tags.id", primary_key=True, ondelete="CASCADE")


class ProductImageTable(Base, table=True):
    """An image with its bytes, which never change: another picture is another image."""

    __tablename__ = "product_images"
    __table_args__ = (
        sa.CheckConstraint(f"content_type IN ({_IMAGE_TYPES})", name="content_type"),
        sa.CheckConstraint(f"octet_length(data) BETWEEN 1 AND {MAX_IMAGE_BYTES}", name="data"),
        sa.Index("ix_product_images_product_id", "product_id", "position", "id"),
    )
    id: UUID = Field(primary_key=True)
    product_id: UUID = Field(foreign_key="products.id", ondelete="CASCADE")
    content_type: str = Field(sa_type=sa.Text)
    alt: str = Field(sa_type=sa.Text)
    position: int
    size: int
    data: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=TIME)
