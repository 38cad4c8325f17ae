"""Preparation images: links to elsewhere, and images that are stored here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_kitchen import queries
from bunmart_kitchen.domain import MAX_IMAGES, Image, StoredImage
from bunmart_kitchen.service.base import ImageRef, UseCases, locked, touched


class LinkingImages(UseCases):
    """Linking images to a locked production order."""

    async def link_images(self, unit: UnitOfWork, order_id: UUID, urls: Sequence[str]) -> list[ImageRef]:
        """Add links that are not known yet; returns those that were added."""
        if not urls:
            return []
        known = await self.images_of(unit, order_id)
        fresh = [url for url in dict.fromkeys(urls) if url not in {image.url for image in known}]
        _require_room(len(known) + len(fresh))
        images = [Image(new_id(), order_id, url, datetime.now(UTC)) for url in fresh]
        if images:
            await queries.ADD_LINK.add_all(unit, images)
        return self.refer(images)


class Images(LinkingImages):
    """Adding, showing and removing images."""

    async def add_image(self, order_id: UUID, stored: StoredImage) -> ImageRef:
        """Store an image (FAILED_PRECONDITION when there are as many as allowed)."""
        image = Image(new_id(), order_id, None, datetime.now(UTC))
        async with self.database.transaction() as unit:
            await locked(unit, order_id)
            _require_room(len(await self.images_of(unit, order_id)) + 1)
            await queries.ADD_IMAGE.run(
                unit,
                id=image.id,
                production_order_id=order_id,
                content_type=stored.content_type,
                content=stored.content,
                created_at=image.created_at,
            )
            await touched(unit, order_id)
        return self.refer([image])[0]

    async def add_link(self, order_id: UUID, url: str) -> ImageRef:
        """Add a link to an image; the same link again returns the one that is known."""
        async with self.database.transaction() as unit:
            await locked(unit, order_id)
            if await self.link_images(unit, order_id, [url]):
                await touched(unit, order_id)
            known = await self.images_of(unit, order_id)
        return next(image for image in known if image.url == url)

    async def image(self, order_id: UUID, image_id: UUID) -> StoredImage:
        """The bytes of a stored image (NOT_FOUND, also for a link)."""
        found = await queries.IMAGE_CONTENT.first(self.database, production_order_id=order_id, id=image_id)
        if found is None:
            raise _no_image(image_id)
        return found

    async def remove_image(self, order_id: UUID, image_id: UUID) -> None:
        """Remove an image or a link (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            await locked(unit, order_id)
            if not await queries.REMOVE_IMAGE.run(unit, production_order_id=order_id, id=image_id):
                raise _no_image(image_id)
            await touched(unit, order_id)


def _no_image(image_id: UUID) -> NotFoundError:
    return NotFoundError(f"No image {image_id}.", code="IMAGE_NOT_FOUND")


def _require_room(count: int) -> None:
    if count > MAX_IMAGES:
        raise FailedPreconditionError(
            f"A production order has at most {MAX_IMAGES} images.", code="TOO_MANY_IMAGES"
        )
