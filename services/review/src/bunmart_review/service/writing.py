"""What customers do with their reviews."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import AlreadyExistsError, FailedPreconditionError, NotFoundError
from bunmart_chassis.ids import new_id

from bunmart_review import domain, queries
from bunmart_review.clients import Delivery
from bunmart_review.domain import ModerationAction, ModerationLog, Review, ReviewStatus
from bunmart_review.service.base import UseCases, keep_rating, locked, notice, store


class Writing(UseCases):
    """Writing, changing and deleting a review."""

    async def create(self, user_id: UUID, product_id: UUID, *, rating: int, comment: str) -> Review:
        """Review a product that was delivered to the user.

        Raises:
            NotFoundError: No such active user (USER_NOT_FOUND) or product (PRODUCT_NOT_FOUND).
            FailedPreconditionError: It was not delivered to the user (PRODUCT_NOT_DELIVERED).
            AlreadyExistsError: The user has reviewed it (REVIEW_EXISTS).
        """
        order_id = await self._require_customer(user_id, product_id)
        review = self._new_review(user_id, product_id, order_id, rating, comment)
        async with self.database.transaction() as unit:
            if not await queries.ADD_REVIEW.add(unit, review):
                raise AlreadyExistsError("You have reviewed this product already.", code="REVIEW_EXISTS")
            await keep_rating(unit, product_id, None, review)
            if review.status is ReviewStatus.PUBLISHED:
                unit.enqueue(notice(review, "review_published"), dedupe_key=str(review.id))
        return review

    async def _require_customer(self, user_id: UUID, product_id: UUID) -> UUID | None:
        """Ask the peers, all at once; returns the order that delivered the product."""
        async with asyncio.TaskGroup() as group:
            active_user = group.create_task(self.clients.is_active_user(user_id))
            active_product = group.create_task(self.clients.is_active_product(product_id))
            delivery = group.create_task(self._delivery(user_id, product_id))
        if not active_user.result():
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")
        if not active_product.result():
            raise NotFoundError(f"No active product {product_id}.", code="PRODUCT_NOT_FOUND")
        if not delivery.result().delivered:
            raise FailedPreconditionError(
                "You can review a product once it was delivered to you.", code="PRODUCT_NOT_DELIVERED"
            )
        return delivery.result().order_id

    async def _delivery(self, user_id: UUID, product_id: UUID) -> Delivery:
        if not self.settings.require_delivery:
            return Delivery(delivered=True, order_id=None)
        return await self.clients.delivery(user_id, product_id)

    def _new_review(
        self, user_id: UUID, product_id: UUID, order_id: UUID | None, rating: int, comment: str
    ) -> Review:
        now = datetime.now(UTC)
        return Review(
            id=new_id(),
            product_id=product_id,
            user_id=user_id,
            order_id=order_id,
            rating=rating,
            comment=comment,
            status=ReviewStatus.PUBLISHED if self.settings.publish_at_once else ReviewStatus.PENDING,
            flag_count=0,
            version=1,
            created_at=now,
            updated_at=now,
        )

    async def change(self, review_id: UUID, *, rating: int, comment: str, version: int | None) -> Review:
        """Change what a review says.

        Args:
            review_id: Which.
            rating: 1 to 5.
            comment: Plain text, may be empty.
            version: The one that the author saw, if another one in between must not be overwritten.

        Raises:
            FailedPreconditionError: A moderator removed it (REVIEW_REMOVED).
            AbortedError: It has another version by now.
        """
        async with self.database.transaction() as unit:
            review = await locked(unit, review_id)
            after = domain.edited(
                review,
                rating=rating,
                comment=comment,
                version=version,
                publish_at_once=self.settings.publish_at_once,
                now=datetime.now(UTC),
            )
            await store(unit, review, after)
        return after

    async def remove(self, review_id: UUID, *, by: UUID) -> None:
        """Delete a review; the log keeps it when somebody else than its author does.

        Raises:
            FailedPreconditionError: Its author wants to delete what a moderator removed (REVIEW_REMOVED).
        """
        async with self.database.transaction() as unit:
            review = await locked(unit, review_id)
            if by == review.user_id:
                domain.require_not_removed(review)
            else:
                log = ModerationLog(new_id(), review_id, by, ModerationAction.DELETE, "", datetime.now(UTC))
                await queries.ADD_LOG.add(unit, log)
            await queries.REMOVE_REVIEW.run(unit, id=review_id)
            await keep_rating(unit, review.product_id, review, None)
