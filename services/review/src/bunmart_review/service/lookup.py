"""Read-only use cases of reviews, ratings and the moderation log."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.paging import Page, PageRequest

from bunmart_review import queries
from bunmart_review.domain import ModerationLog, Rating, Review, ReviewStatus
from bunmart_review.service.base import UseCases


class Lookup(UseCases):
    """Reviews, ratings and log entries as they stand."""

    async def get_review(self, review_id: UUID) -> Review:
        """Return a review, whatever its status.

        Raises:
            NotFoundError: There is no such review (REVIEW_NOT_FOUND).
        """
        return require_found(await queries.REVIEW.first(self.database, id=review_id), "review", review_id)

    async def list_published_reviews(self, product_id: UUID, request: PageRequest) -> Page[Review]:
        """Return one page of the published reviews of a product, newest first.

        Raises:
            InvalidArgumentError: The token is not one of this list (``page_token``).
        """
        return await queries.REVIEW_LIST.page(self.database, request, product_id=product_id, published=True)

    async def list_reviews_of_user(self, user_id: UUID, request: PageRequest) -> Page[Review]:
        """Return one page of all reviews of a user, newest first.

        Raises:
            InvalidArgumentError: The token is not one of this list (``page_token``).
        """
        return await queries.REVIEW_LIST.page(self.database, request, user_id=user_id)

    async def list_reviews(
        self, request: PageRequest, *, status: ReviewStatus | None, flagged: bool
    ) -> Page[Review]:
        """Return one page of everybody's reviews, newest first.

        Args:
            request: Size and token.
            status: Only of this status; None does not restrict.
            flagged: True for only those with open flags.

        Raises:
            InvalidArgumentError: The token is not one of this list (``page_token``).
        """
        return await queries.REVIEW_LIST.page(
            self.database, request, status=status, flagged=True if flagged else None
        )

    async def get_rating(self, product_id: UUID) -> Rating:
        """Return the rating of a product over its published reviews; only its one row is read."""
        rating = await queries.RATING.first(self.database, product_id=product_id)
        return rating or Rating(product_id, 0, 0)

    async def get_log(self, log_id: UUID) -> ModerationLog:
        """Return an entry of the moderation log.

        Raises:
            NotFoundError: There is no such entry (MODERATION_LOG_NOT_FOUND).
        """
        return require_found(await queries.LOG.first(self.database, id=log_id), "moderation log", log_id)

    async def list_logs(self, request: PageRequest, *, review_id: UUID | None) -> Page[ModerationLog]:
        """Return one page of the moderation log, of one review or of all, newest first.

        Raises:
            InvalidArgumentError: The token is not one of this list (``page_token``).
        """
        return await queries.LOG_LIST.page(self.database, request, review_id=review_id)
