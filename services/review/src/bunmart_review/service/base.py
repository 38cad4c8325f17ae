"""The base of the use cases: a review is locked, written back, and its product's rating kept with it."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, UnitOfWork

from bunmart_review import domain, queries
from bunmart_review.clients import Clients
from bunmart_review.domain import Review
from bunmart_review.outbox import NotifyAuthor
from bunmart_review.settings import Settings


class UseCases:
    """Base of the use cases: database, peers and settings."""

    def __init__(self, database: Database, clients: Clients, settings: Settings) -> None:
        self.database = database
        self.clients = clients
        self.settings = settings


async def lock_review(unit: UnitOfWork, review_id: UUID) -> Review:
    """Read and lock a review until the transaction ends.

    Raises:
        NotFoundError: There is no such review (REVIEW_NOT_FOUND).
    """
    return require_found(await queries.REVIEW_FOR_UPDATE.first(unit, id=review_id), "review", review_id)


async def store_review(unit: UnitOfWork, before: Review, after: Review) -> None:
    """Write a locked review back, and its product's rating."""
    await queries.CHANGE_REVIEW.run(
        unit,
        review_id=after.id,
        rating=after.rating,
        comment=after.comment,
        status=after.status,
        flag_count=after.flag_count,
        version=after.version,
        updated_at=after.updated_at,
    )
    await keep_rating(unit, after.product_id, before, after)


async def keep_rating(
    unit: UnitOfWork, product_id: UUID, before: Review | None, after: Review | None
) -> None:
    """Add the difference that a change makes to the product's rating, with one atomic statement."""
    change = domain.rating_change(before, after)
    if change.rating_count > 0:
        await queries.ADD_TO_RATING.run(
            unit,
            product_id=product_id,
            rating_sum=change.rating_sum,
            rating_count=change.rating_count,
        )
    elif any(change):
        await queries.CHANGE_RATING.run(
            unit, of=product_id, sum_change=change.rating_sum, count_change=change.rating_count
        )


def author_notice(review: Review, template: str, **data: str) -> NotifyAuthor:
    """Make the job that sends a message to a review's author."""
    common = {"product_id": str(review.product_id), "rating": str(review.rating)}
    return NotifyAuthor(review.id, review.user_id, template, common | data)
