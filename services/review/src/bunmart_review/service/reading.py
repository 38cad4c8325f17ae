"""Reading reviews and ratings."""

from uuid import UUID

from bunmart_chassis.paging import Page, page_of

from bunmart_review import queries
from bunmart_review.domain import Rating, Review, ReviewStatus
from bunmart_review.service.base import UseCases


class Reading(UseCases):
    """Reviews as they are."""

    async def rating(self, product_id: UUID) -> Rating:
        """The rating of a product over its published reviews; nothing is read but its one row."""
        found = await queries.RATING.first(self.database, product_id=product_id)
        return found or Rating(product_id, 0, 0)

    async def published(self, product_id: UUID, *, size: int, after: UUID | None) -> Page[Review]:
        """Published reviews of a product, newest first."""
        return await self._page("product", size, after, product_id=product_id)

    async def of_user(self, user_id: UUID, *, size: int, after: UUID | None) -> Page[Review]:
        """All reviews of a user, newest first."""
        return await self._page("user", size, after, user_id=user_id)

    async def list_page(
        self, *, status: ReviewStatus | None, flagged: bool, size: int, after: UUID | None
    ) -> Page[Review]:
        """Reviews of everybody, newest first: of one status, with open flags, or all."""
        shape = "status" if status else "flagged" if flagged else "all"
        return await self._page(shape, size, after, status=status)

    async def _page(self, shape: str, size: int, after: UUID | None, **params: object) -> Page[Review]:
        query = queries.PAGES[shape, after is not None]
        rows = await query.all(self.database, after=after, limit=size + 1, **params)
        return page_of(rows, size, lambda review: review.id)
