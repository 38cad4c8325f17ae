"""Reviews, as their authors write, change and delete them."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_review import domain, queries, refusals
from bunmart_review.clients import Delivery
from bunmart_review.domain import ModerationAction, ModerationLog, Review, ReviewStatus
from bunmart_review.service.base import (
    UseCases,
    author_notice,
    keep_rating,
    lock_review,
    store_review,
)


class ReviewChanges(UseCases):
    """Create, change and delete reviews."""

    async def create_review(
        self, unit: UnitOfWork, user_id: UUID, product_id: UUID, *, rating: int, comment: str
    ) -> Review:
        """Review a product that was delivered to the user.

        Args:
            unit: Opened after the peers have agreed.
            user_id: The author.
            product_id: The product.
            rating: 1 to 5.
            comment: Plain text, may be empty.

        Raises:
            NotFoundError: No such active user (USER_NOT_FOUND) or product (PRODUCT_NOT_FOUND).
            FailedPreconditionError: It was not delivered to the user (PRODUCT_NOT_DELIVERED).
            AlreadyExistsError: The user has reviewed it (REVIEW_EXISTS).
        """
        order_id = await self._require_customer(user_id, product_id)
        review = domain.new_review(
            new_id(),
            product_id=product_id,
            user_id=user_id,
            order_id=order_id,
            rating=rating,
            comment=comment,
            publish_at_once=self.settings.publish_at_once,
            now=datetime.now(UTC),
        )
        with refused(refusals.REVIEW_EXISTS):
            await queries.ADD_REVIEW.add(unit, review)
        await keep_rating(unit, product_id, None, review)
        if review.status is ReviewStatus.PUBLISHED:
            unit.enqueue(author_notice(review, "review_published"), dedupe_key=str(review.id))
        return review

    async def _require_customer(self, user_id: UUID, product_id: UUID) -> UUID | None:
        """Ask the peers, all at once; returns the order that delivered the product.

        Raises:
            NotFoundError: No such active user (USER_NOT_FOUND) or product (PRODUCT_NOT_FOUND).
            FailedPreconditionError: It was not delivered to the user (PRODUCT_NOT_DELIVERED).
        """
        async with asyncio.TaskGroup() as group:
            active_user = group.create_task(self.clients.is_active_user(user_id))
            active_product = group.create_task(self.clients.is_active_product(product_id))
            delivery = group.create_task(self._get_delivery(user_id, product_id))
        if not active_user.result():
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")
        if not active_product.result():
            raise NotFoundError(f"No active product {product_id}.", code="PRODUCT_NOT_FOUND")
        if not delivery.result().delivered:
            raise FailedPreconditionError(
                "You can review a product once it was delivered to you.", code="PRODUCT_NOT_DELIVERED"
            )
        return delivery.result().order_id

    async def _get_delivery(self, user_id: UUID, product_id: UUID) -> Delivery:
        if not self.settings.require_delivery:
            return Delivery(delivered=True, order_id=None)
        return await self.clients.get_delivery(user_id, product_id)

    async def change_review(
        self, unit: UnitOfWork, review_id: UUID, *, rating: int, comment: str, version: int | None
    ) -> Review:
        """Change a review's rating and comment.

        Args:
            unit: Holds the review's lock until it ends.
            review_id: The review.
            rating: 1 to 5.
            comment: Plain text, may be empty.
            version: The version that the author saw, if a later one must not be overwritten.

        Raises:
            NotFoundError: There is no such review (REVIEW_NOT_FOUND).
            FailedPreconditionError: A moderator removed it (REVIEW_REMOVED).
            AbortedError: It has another version by now (ABORTED).
        """
        review = await lock_review(unit, review_id)
        after = domain.edited(
            review,
            rating=rating,
            comment=comment,
            version=version,
            publish_at_once=self.settings.publish_at_once,
            now=datetime.now(UTC),
        )
        await store_review(unit, review, after)
        return after

    async def delete_review(self, unit: UnitOfWork, review_id: UUID, *, by: UUID) -> None:
        """Delete a review; the log records it when an admin deletes the review of somebody else.

        Raises:
            NotFoundError: There is no such review (REVIEW_NOT_FOUND).
            FailedPreconditionError: Its author wants to delete it after a moderator removed it
                (REVIEW_REMOVED).
        """
        review = await lock_review(unit, review_id)
        if by == review.user_id:
            domain.require_not_removed(review)
        else:
            log = ModerationLog(new_id(), review_id, by, ModerationAction.DELETE, "", datetime.now(UTC))
            await queries.ADD_LOG.add(unit, log)
        await queries.REMOVE_REVIEW.run(unit, id=review_id)
        await keep_rating(unit, review.product_id, review, None)
