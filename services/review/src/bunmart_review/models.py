"""Tables of the review service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlmodel import Field, SQLModel

from bunmart_review.domain import MAX_COMMENT, ModerationAction, ReviewStatus

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)
_STATUSES = ", ".join(f"'{status}'" for status in ReviewStatus)
_ACTIONS = ", ".join(f"'{action}'" for action in ModerationAction)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class ReviewTable(Base, table=True):
    """A review; one per user and product. The list of a product reads only published ones."""

    __tablename__ = "reviews"
    __table_args__ = (
        sa.UniqueConstraint("product_id", "user_id"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        sa.CheckConstraint(f"char_length(comment) <= {MAX_COMMENT}", name="comment"),
        sa.CheckConstraint("flag_count >= 0", name="flag_count"),
        sa.Index(
            "ix_reviews_published", "product_id", "id", postgresql_where=sa.text("status = 'PUBLISHED'")
        ),
        sa.Index("ix_reviews_user_id_id", "user_id", "id"),
        sa.Index("ix_reviews_status_id", "status", "id"),
        sa.Index("ix_reviews_flagged", "id", postgresql_where=sa.text("flag_count > 0")),
    )
    id: UUID = Field(primary_key=True)
    product_id: UUID
    user_id: UUID
    order_id: UUID | None
    rating: int = Field(sa_type=sa.SmallInteger)
    comment: str = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    flag_count: int
    version: int
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)


class ReviewFlagTable(Base, table=True):
    """A user's complaint about a review; a repeat does not count."""

    __tablename__ = "review_flags"
    review_id: UUID = Field(foreign_key="reviews.id", primary_key=True, ondelete="CASCADE")
    user_id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_type=TIME)


class ProductRatingTable(Base, table=True):
    """Sum and number of a product's published ratings, changed together with the review."""

    __tablename__ = "product_ratings"
    __table_args__ = (
        sa.CheckConstraint("rating_count >= 0", name="rating_count"),
        sa.CheckConstraint("rating_sum BETWEEN rating_count AND 5 * rating_count", name="rating_sum"),
    )
    product_id: UUID = Field(primary_key=True)
    rating_sum: int = Field(sa_type=sa.BigInteger)
    rating_count: int = Field(sa_type=sa.BigInteger)


class ModerationLogTable(Base, table=True):
    """An action of a moderator and its reason; no foreign key, because it outlives the review."""

    __tablename__ = "moderation_logs"
    __table_args__ = (
        sa.CheckConstraint(f"action IN ({_ACTIONS})", name="action"),
        sa.Index("ix_moderation_logs_review_id_id", "review_id", "id"),
    )
    id: UUID = Field(primary_key=True)
    review_id: UUID
    moderator_id: UUID
    action: str = Field(sa_type=sa.Text)
    note: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)
