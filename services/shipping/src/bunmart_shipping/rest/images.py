"""Delivery pictures: upload, list, and the bytes as browsers get them."""

from typing import Any
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, Request, Response, delete, get, post

from bunmart_shipping.domain import MAX_IMAGE_BYTES, require_image
from bunmart_shipping.openapi import PictureUpload
from bunmart_shipping.schemas import ImageView, image_view
from bunmart_shipping.service import Shipping

_IMAGE_HEADERS = {
    # A front door with a name on it is nothing for a shared cache.
    "cache-control": "private, max-age=3600",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


class ImageController(Controller):
    """Pictures of a delivery, for admins, its driver and its customer."""

    path = "/api/shipments/{shipment_id:uuid}/images"
    tags = ("shipments",)

    @post(
        "/",
        operation_id="AddDeliveryPicture",
        guards=[requires(Role.DRIVER)],
        request_max_body_size=MAX_IMAGE_BYTES,
        operation_class=PictureUpload,
    )
    async def add(
        self,
        shipment_id: UUID,
        request: Request[Any, Any, Any],
        body: bytes,
        principal: Principal,
        shipping: Shipping,
        unit: UnitOfWork,
    ) -> ImageView:
        """Add a picture of a delivery: its bytes (PNG, JPEG or WebP, up to 2 MiB)."""
        stored = require_image(request.content_type[0], body)
        actor = await shipping.find_actor(principal)
        return image_view(await shipping.add_image(unit, shipment_id, stored, actor))

    @get("/", operation_id="ListDeliveryPictures")
    async def list_all(self, shipment_id: UUID, principal: Principal, shipping: Shipping) -> list[ImageView]:
        """List the pictures of a delivery, oldest first."""
        images = await shipping.list_images(shipment_id, await shipping.find_actor(principal))
        return [image_view(image) for image in images]

    @get("/{image_id:uuid}", operation_id="GetDeliveryPicture", media_type="image/*")
    async def show(
        self, shipment_id: UUID, image_id: UUID, principal: Principal, shipping: Shipping
    ) -> Response[bytes]:
        """Show a picture of a delivery."""
        image = await shipping.get_image(shipment_id, image_id, await shipping.find_actor(principal))
        return Response(image.content, media_type=image.content_type, headers=_IMAGE_HEADERS)

    @delete("/{image_id:uuid}", operation_id="DeleteDeliveryPicture", guards=[requires(Role.ADMIN)])
    async def remove(self, shipment_id: UUID, image_id: UUID, shipping: Shipping, unit: UnitOfWork) -> None:
        """Remove a picture, such as one of the wrong door (admins)."""
        await shipping.remove_image(unit, shipment_id, image_id)
