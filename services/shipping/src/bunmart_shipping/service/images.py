"""Delivery pictures."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_shipping import domain, queries
from bunmart_shipping.domain import Actor, Image, StoredImage
from bunmart_shipping.service.base import UseCases, lock_shipment, require_shipment


class Images(UseCases):
    """Adding, reading and removing pictures of a delivery. They are seen by admins, driver and customer."""

    async def add_image(
        self, unit: UnitOfWork, shipment_id: UUID, stored: StoredImage, actor: Actor
    ) -> Image:
        """Store a picture.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: Neither an admin nor the shipment's driver.
            FailedPreconditionError: It was not out for delivery yet (SHIPMENT_NOT_OUT), or has as many
                pictures
                as allowed (TOO_MANY_IMAGES).
        """
        shipment = await lock_shipment(unit, shipment_id)
        actor.require_may_picture(shipment)
        domain.require_pictured(shipment, await queries.COUNT_IMAGES.one(unit, shipment_id=shipment_id) + 1)
        image = domain.new_image(shipment_id, stored, datetime.now(UTC))
        await queries.ADD_IMAGE.run(
            unit,
            id=image.id,
            shipment_id=shipment_id,
            content_type=stored.content_type,
            content=stored.content,
            created_at=image.created_at,
        )
        return image

    async def list_images(self, shipment_id: UUID, actor: Actor) -> list[Image]:
        """List the pictures of a shipment without their bytes, oldest first.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: Neither an admin, nor its customer or driver.
        """
        actor.require_may_see_pictures(await require_shipment(self.database, shipment_id))
        return await queries.IMAGES_OF.all(self.database, shipment_id=shipment_id)

    async def get_image(self, shipment_id: UUID, image_id: UUID, actor: Actor) -> StoredImage:
        """Read the bytes of a picture.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND) or picture (IMAGE_NOT_FOUND).
            PermissionDeniedError: Neither an admin, nor the shipment's customer or driver.
        """
        actor.require_may_see_pictures(await require_shipment(self.database, shipment_id))
        image = await queries.IMAGE_CONTENT.first(self.database, shipment_id=shipment_id, id=image_id)
        return require_found(image, "image", image_id)

    async def remove_image(self, unit: UnitOfWork, shipment_id: UUID, image_id: UUID) -> None:
        """Remove a picture.

        Raises:
            NotFoundError: There is none (IMAGE_NOT_FOUND).
        """
        removed = await queries.REMOVE_IMAGE.first(unit, shipment_id=shipment_id, id=image_id)
        require_found(removed, "image", image_id)
