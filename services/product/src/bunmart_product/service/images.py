"""Images of products."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id

from bunmart_product import domain, queries
from bunmart_product.domain import Image, ImageContent, ImageCount, ImageRow
from bunmart_product.service.base import UseCases, no_product


class Images(UseCases):
    """Use cases of images."""

    async def images(self, product_id: UUID) -> list[Image]:
        """A product's images without their bytes, in display order."""
        return await queries.IMAGE_LIST.all(self.database, product_id=product_id)

    async def image_content(self, product_id: UUID, image_id: UUID) -> ImageContent:
        """An image's bytes (NOT_FOUND)."""
        found = await queries.IMAGE_CONTENT.first(self.database, product_id=product_id, image_id=image_id)
        if found is None:
            raise _no_image(image_id)
        return found

    async def add_image(self, product_id: UUID, content_type: str, data: bytes, alt: str) -> Image:
        """Add an image behind the others; the first one is the main image.

        Raises:
            FailedPreconditionError: The product has as many as it may (TOO_MANY_IMAGES).
            InvalidArgumentError: Another type, too large, or not what it says it is.
            NotFoundError: There is no such product.
        """
        kind = domain.require_image(content_type, data)
        async with self.database.transaction() as unit:
            if not await queries.TOUCH_PRODUCT.run(unit, product_id=product_id):
                raise no_product(product_id)
            images = await queries.IMAGE_COUNT.first(unit, product_id=product_id) or ImageCount(0, 0)
            domain.require_room(images, self.settings.max_images)
            now, size = datetime.now(UTC), len(data)
            image = Image(new_id(), product_id, kind, alt, images.next_position, size, now)
            await queries.ADD_IMAGE.add(
                unit, ImageRow(image.id, product_id, kind, alt, image.position, size, data, now)
            )
        return image

    async def change_image(
        self, product_id: UUID, image_id: UUID, *, alt: str | None, position: int | None
    ) -> Image:
        """Change an image's text or place; None leaves it (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            await queries.TOUCH_PRODUCT.run(unit, product_id=product_id)
            image = await queries.SET_IMAGE.first(
                unit, product_id=product_id, image_id=image_id, alt=alt, position=position
            )
            if image is None:
                raise _no_image(image_id)
        return image

    async def delete_image(self, product_id: UUID, image_id: UUID) -> None:
        """Remove an image (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            await queries.TOUCH_PRODUCT.run(unit, product_id=product_id)
            if not await queries.DELETE_IMAGE.run(unit, product_id=product_id, image_id=image_id):
                raise _no_image(image_id)


def _no_image(image_id: UUID) -> NotFoundError:
    return NotFoundError(f"No image {image_id}.", code="IMAGE_NOT_FOUND")
