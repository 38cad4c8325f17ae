"""REST requests and responses of the review service."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from bunmart_chassis.rest import FreeText, Schema
from bunmart_chassis.validation import optional_text

from bunmart_review.domain import (
    MAX_COMMENT,
    MAX_NOTE,
    ModerationAction,
    ModerationLog,
    Rating,
    Review,
    ReviewStatus,
)

Stars = Annotated[int, msgspec.Meta(ge=1, le=5, description="1 (worst) to 5 (best)")]
Comment = Annotated[FreeText, msgspec.Meta(max_length=MAX_COMMENT)]
Note = Annotated[FreeText, msgspec.Meta(max_length=MAX_NOTE)]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class NewReview(Schema):
    """A review of a product that was delivered."""

    product_id: UUID
    rating: Stars
    comment: Comment = ""

    def text(self) -> str:
        """Return the comment as it is stored; one with hidden characters is refused."""
        return optional_text("comment", self.comment, most=MAX_COMMENT)


class ReviewChange(Schema):
    """A change of a review.

    Attributes:
        rating: 1 to 5.
        comment: Plain text.
        version: The version that the author saw; a review that changed since then is left alone.
    """

    rating: Stars
    comment: Comment = ""
    version: Version | None = None

    def text(self) -> str:
        """Return the comment as it is stored; one with hidden characters is refused."""
        return optional_text("comment", self.comment, most=MAX_COMMENT)


class NoteChange(Schema):
    """A change of a log entry's note."""

    note: Note

    def text(self) -> str:
        """Return the note as it is stored; one with hidden characters is refused."""
        return optional_text("note", self.note, most=MAX_NOTE)


class NewDecision(Schema):
    """A decision on a review, and its reason; the author reads the note."""

    action: Literal["publish", "remove"]
    note: Note = ""

    def text(self) -> str:
        """Return the note as it is stored; one with hidden characters is refused."""
        return optional_text("note", self.note, most=MAX_NOTE)


class NewModerationLog(Schema):
    """An entry of the log: a decision, which is carried out, or only a note."""

    review_id: UUID
    action: Literal["publish", "remove", "note"]
    note: Note = ""

    def text(self) -> str:
        """Return the note as it is stored; one with hidden characters is refused."""
        return optional_text("note", self.note, most=MAX_NOTE)


class ReviewView(msgspec.Struct, kw_only=True):
    """A review as everybody sees it."""

    review_id: UUID
    product_id: UUID
    user_id: UUID
    rating: int
    comment: str
    status: ReviewStatus
    created_at: datetime
    updated_at: datetime


class ReviewDetails(ReviewView, kw_only=True):
    """A review as its author and admins see it; ``flag_count`` counts users since the last decision."""

    order_id: UUID | None
    flag_count: int
    version: int


class RatingView(msgspec.Struct, kw_only=True):
    """The average of a product's published reviews; 0 when there are none."""

    product_id: UUID
    average_rating: float
    total_count: int


class ModerationLogView(msgspec.Struct, kw_only=True):
    """An entry of the moderation log."""

    moderation_log_id: UUID
    review_id: UUID
    moderator_id: UUID
    action: ModerationAction
    note: str
    created_at: datetime


def review_view(review: Review) -> ReviewView:
    """Present a review to everybody."""
    return ReviewView(
        review_id=review.id,
        product_id=review.product_id,
        user_id=review.user_id,
        rating=review.rating,
        comment=review.comment,
        status=review.status,
        created_at=review.created_at,
        updated_at=review.updated_at,
    )


def review_details(review: Review) -> ReviewDetails:
    """Present a review to its author or an admin."""
    return ReviewDetails(
        review_id=review.id,
        product_id=review.product_id,
        user_id=review.user_id,
        rating=review.rating,
        comment=review.comment,
        status=review.status,
        created_at=review.created_at,
        updated_at=review.updated_at,
        order_id=review.order_id,
        flag_count=review.flag_count,
        version=review.version,
    )


def rating_view(rating: Rating) -> RatingView:
    """Present a rating."""
    return RatingView(
        product_id=rating.product_id, average_rating=rating.average, total_count=rating.rating_count
    )


def log_view(log: ModerationLog) -> ModerationLogView:
    """Present an entry of the log."""
    return ModerationLogView(
        moderation_log_id=log.id,
        review_id=log.review_id,
        moderator_id=log.moderator_id,
        action=log.action,
        note=log.note,
        created_at=log.created_at,
    )
