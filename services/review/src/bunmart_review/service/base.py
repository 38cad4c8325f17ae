"""What the use cases share: reading, locking, and keeping the rating with every change."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError
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

    async def get(self, review_id: UUID) -> Review:
        """One review, whatever its status (NOT_FOUND)."""
        return found(await queries.REVIEW.first(self.database, id=review_id), review_id)


def found(review: Review | None, review_id: UUID) -> Review:
    """Refuse when there is no such review (NOT_FOUND)."""
    if review is None:
        raise NotFoundError(f"No review {review_id}.", code="REVIEW_NOT_FOUND")
    return review


async def locked(unit: UnitOfWork, review_id: UUID) -> Review:
    """Read and lock a review until the transaction ends (NOT_FOUND)."""
    return found(await queries.REVIEW_FOR_UPDATE.first(unit, id=review_id), review_id)


async def store(unit: UnitOfWork, before: Review, after: Review) -> None:
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
    """Add what changed to the product's rating, with one atomic statement."""
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


def notice(review: Review, template: str, **data: str) -> NotifyAuthor:
    """The message to a review's author."""
    common = {"product_id": str(review.product_id), "rating": str(review.rating)}
    return NotifyAuthor(review.id, review.user_id, template, common | data)
