"""Preparation images: links to elsewhere, and images that are stored here."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_kitchen import domain, queries
from bunmart_kitchen.domain import StoredImage
from bunmart_kitchen.service.base import ImageRef, UseCases, lock_open_order


class Images(UseCases):
    """Adding and removing images. Each such change counts as one of the production order."""

    async def add_image(self, unit: UnitOfWork, order_id: UUID, stored: StoredImage) -> ImageRef:
        """Store an image.

        Raises:
            NotFoundError: There is no such production order (PRODUCTION_ORDER_NOT_FOUND).
            FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED), or it has as many images as
                allowed (TOO_MANY_IMAGES).
        """
        await lock_open_order(unit, order_id)
        domain.require_image_count(len(await self.load_images(unit, order_id)) + 1)
        image = domain.new_image(order_id, None, datetime.now(UTC))
        await queries.ADD_IMAGE.run(
            unit,
            id=image.id,
            production_order_id=order_id,
            content_type=stored.content_type,
            content=stored.content,
            created_at=image.created_at,
        )
        await queries.TOUCH.run(unit, order_id=order_id)
        return self.refer([image])[0]

    async def add_link(self, unit: UnitOfWork, order_id: UUID, url: str) -> ImageRef:
        """Add a link to an image; the same link again returns the one that is known.

        Raises:
            NotFoundError: There is no such production order (PRODUCTION_ORDER_NOT_FOUND).
            FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED), or it has as many images as
                allowed (TOO_MANY_IMAGES).
        """
        await lock_open_order(unit, order_id)
        if await self.link_images(unit, order_id, [url]):
            await queries.TOUCH.run(unit, order_id=order_id)
        known = await self.load_images(unit, order_id)
        return next(image for image in known if image.url == url)

    async def remove_image(self, unit: UnitOfWork, order_id: UUID, image_id: UUID) -> None:
        """Remove an image or a link.

        Raises:
            NotFoundError: There is no such production order (PRODUCTION_ORDER_NOT_FOUND), or it has no such
                image (IMAGE_NOT_FOUND).
            FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED).
        """
        await lock_open_order(unit, order_id)
        removed = await queries.REMOVE_IMAGE.first(unit, production_order_id=order_id, id=image_id)
        require_found(removed, "image", image_id)
        await queries.TOUCH.run(unit, order_id=order_id)
