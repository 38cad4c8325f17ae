"""Images of products, as admins write them.

Every change writes ``updated_at`` of the product first, which locks its row: changes of one product's images
follow one another.
"""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_product import domain, queries
from bunmart_product.domain import Image, ImageUpload
from bunmart_product.service.base import UseCases


class Images(UseCases):
    """Add, change and delete images."""

    async def add_image(
        self, unit: UnitOfWork, product_id: UUID, content_type: str, data: bytes, alt: str
    ) -> Image:
        """Add an image behind the others; the first one is the main image.

        Args:
            unit: Holds the product's lock until it ends.
            product_id: Its product.
            content_type: The type that the upload claims.
            data: At most ``MAX_IMAGE_BYTES`` bytes.
            alt: Text for readers who cannot see the image.

        Raises:
            FailedPreconditionError: The product has as many as it may (TOO_MANY_IMAGES).
            InvalidArgumentError: Another type, too large (IMAGE_TOO_LARGE), or not what it claims to be.
            NotFoundError: There is no such product (PRODUCT_NOT_FOUND).
        """
        upload = ImageUpload(domain.require_image(content_type, data), data, alt)
        require_found(await queries.TOUCH_PRODUCT.first(unit, product_id=product_id), "product", product_id)
        present = await queries.IMAGE_COUNT.one(unit, product_id=product_id)
        domain.require_below_limit(present, self.settings.max_images)
        image = domain.new_image(new_id(), product_id, upload, present.next_position, datetime.now(UTC))
        await queries.ADD_IMAGE.add(unit, image)
        return image

    async def change_image(
        self, unit: UnitOfWork, product_id: UUID, image_id: UUID, *, alt: str | None, position: int | None
    ) -> Image:
        """Change an image's text or place; None leaves it as it is.

        Raises:
            NotFoundError: The product has no such image (IMAGE_NOT_FOUND).
        """
        await queries.TOUCH_PRODUCT.first(unit, product_id=product_id)
        image = await queries.SET_IMAGE.first(
            unit, product_id=product_id, image_id=image_id, alt=alt, position=position
        )
        return require_found(image, "image", image_id)

    async def delete_image(self, unit: UnitOfWork, product_id: UUID, image_id: UUID) -> None:
        """Remove an image.

        Raises:
            NotFoundError: The product has no such image (IMAGE_NOT_FOUND).
        """
        await queries.TOUCH_PRODUCT.first(unit, product_id=product_id)
        removed = await queries.REMOVE_IMAGE.first(unit, product_id=product_id, image_id=image_id)
        require_found(removed, "image", image_id)
