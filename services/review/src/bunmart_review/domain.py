"""The rules of reviews, without I/O: first state, changes, flags, decisions, and the rating that follows."""

import enum
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError

MAX_COMMENT = 2000
MAX_NOTE = 500


class ReviewStatus(enum.StrEnum):
    """PUBLISHED is public; PENDING waits for an admin, FLAGGED was hidden by users, REMOVED by an admin."""

    PUBLISHED = "PUBLISHED"
    PENDING = "PENDING"
    FLAGGED = "FLAGGED"
    REMOVED = "REMOVED"


class ModerationAction(enum.StrEnum):
    """The actions of a moderator; a note and the deletion of a review change no status."""

    PUBLISH = "publish"
    REMOVE = "remove"
    NOTE = "note"
    DELETE = "delete"


STATUS_AFTER = {
    ModerationAction.PUBLISH: ReviewStatus.PUBLISHED,
    ModerationAction.REMOVE: ReviewStatus.REMOVED,
}
"""The status that a decision leads to."""


class Review(msgspec.Struct):
    """A customer's opinion of a product; ``flag_count`` counts users since the last decision."""

    id: UUID
    product_id: UUID
    user_id: UUID
    order_id: UUID | None
    rating: int
    comment: str
    status: ReviewStatus
    flag_count: int
    version: int
    created_at: datetime
    updated_at: datetime


class ReviewFlag(msgspec.Struct):
    """A user's complaint about a review."""

    review_id: UUID
    user_id: UUID
    created_at: datetime


class ModerationLog(msgspec.Struct):
    """An entry of the moderation log: an action and its reason. It outlives the review."""

    id: UUID
    review_id: UUID
    moderator_id: UUID
    action: ModerationAction
    note: str
    created_at: datetime


class Rating(msgspec.Struct, frozen=True):
    """Sum and number of the published ratings of a product."""

    product_id: UUID
    rating_sum: int
    rating_count: int

    @property
    def average(self) -> float:
        """1 to 5, rounded half up to two decimals; 0 without reviews."""
        if not self.rating_count:
            return 0.0
        exact = Decimal(self.rating_sum) / self.rating_count
        return float(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


class RatingChange(NamedTuple):
    """The difference that a change of one review makes to its product's rating."""

    rating_sum: int
    rating_count: int


def rating_change(before: Review | None, after: Review | None) -> RatingChange:
    """Return the difference between a review's share before a change and after it.

    Args:
        before: None for a review that did not exist.
        after: None for a review that is deleted.
    """
    old, new = _counted(before), _counted(after)
    return RatingChange(new.rating_sum - old.rating_sum, new.rating_count - old.rating_count)


def _counted(review: Review | None) -> RatingChange:
    if review is None or review.status is not ReviewStatus.PUBLISHED:
        return RatingChange(0, 0)
    return RatingChange(review.rating, 1)


def new_review(
    review_id: UUID,
    *,
    product_id: UUID,
    user_id: UUID,
    order_id: UUID | None,
    rating: int,
    comment: str,
    publish_at_once: bool,
    now: datetime,
) -> Review:
    """Make a review: public, or PENDING until an admin publishes it."""
    return Review(
        id=review_id,
        product_id=product_id,
        user_id=user_id,
        order_id=order_id,
        rating=rating,
        comment=comment,
        status=ReviewStatus.PUBLISHED if publish_at_once else ReviewStatus.PENDING,
        flag_count=0,
        version=1,
        created_at=now,
        updated_at=now,
    )


def edited(
    review: Review, *, rating: int, comment: str, version: int | None, publish_at_once: bool, now: datetime
) -> Review:
    """Change a review's rating and comment; a hidden review stays hidden until a moderator decides.

    Raises:
        FailedPreconditionError: A moderator removed it (REVIEW_REMOVED).
        AbortedError: It has another version than the one that its author saw (ABORTED).
    """
    require_not_removed(review)
    if version is not None and version != review.version:
        raise AbortedError(
            "The review changed meanwhile; read it again.", metadata={"version": str(review.version)}
        )
    waits = review.status is ReviewStatus.PUBLISHED and not publish_at_once
    return msgspec.structs.replace(
        review,
        rating=rating,
        comment=comment,
        status=ReviewStatus.PENDING if waits else review.status,
        version=review.version + 1,
        updated_at=now,
    )


def flagged(review: Review, *, hide_after: int, now: datetime) -> Review:
    """Count one more user's flag; the last one that is needed hides a published review."""
    count = review.flag_count + 1
    hidden = count >= hide_after and review.status is ReviewStatus.PUBLISHED
    return msgspec.structs.replace(
        review,
        flag_count=count,
        status=ReviewStatus.FLAGGED if hidden else review.status,
        version=review.version + hidden,
        updated_at=now if hidden else review.updated_at,
    )


def moderated(review: Review, action: ModerationAction, now: datetime) -> Review:
    """Apply a decision; it settles the flags so far. A note changes nothing."""
    target = STATUS_AFTER.get(action)
    if target is None:
        return review
    changes = target is not review.status
    return msgspec.structs.replace(
        review,
        status=target,
        flag_count=0,
        version=review.version + changes,
        updated_at=now if changes else review.updated_at,
    )


def require_not_removed(review: Review) -> None:
    """Refuse an author to change or delete a review that a moderator removed.

    Raises:
        FailedPreconditionError: A moderator removed it (REVIEW_REMOVED).
    """
    if review.status is ReviewStatus.REMOVED:
        raise FailedPreconditionError("A moderator removed this review.", code="REVIEW_REMOVED")
