"""Images of products: upload, metadata, and the bytes as browsers get them."""

from typing import Annotated, Any
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import optional_line
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.params import HeaderParameter, QueryParameter

from bunmart_product.schemas import MAX_ALT, ImageBody, ImageView, image_view
from bunmart_product.service import Catalogue

Alt = Annotated[
    str,
    QueryParameter(name="alt", max_length=MAX_ALT, description="Text for people who cannot see the image"),
]
_FOREVER = "public, max-age=31536000, immutable"
# An SVG may hold scripts: opened by its own address it must not run them with our origin.
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class ImageController(Controller):
    """Images: everybody sees them, admins upload them."""

    path = "/api/products/{product_id:uuid}/images"
    tags = ("products",)

    @get("/", operation_id="ListProductImages")
    async def list_all(self, product_id: UUID, catalogue: Catalogue) -> Page[ImageView]:
        """List a product's images in display order, without their bytes."""
        return Page(items=[image_view(image) for image in await catalogue.list_images(product_id)])

    @get("/{image_id:uuid}", operation_id="GetProductImage")
    async def content(
        self,
        product_id: UUID,
        image_id: UUID,
        catalogue: Catalogue,
        if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
    ) -> Response[bytes]:
        """Read an image's bytes. They never change: another picture has another address."""
        tag = f'"{image_id}"'
        headers = {"ETag": tag, "Cache-Control": _FOREVER}
        if if_none_match is not None and tag in if_none_match:
            return Response(b"", status_code=304, headers=headers)
        found = await catalogue.get_image_content(product_id, image_id)
        headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": _SANDBOX}
        return Response(found.data, media_type=found.content_type, headers=headers)

    @post("/", operation_id="AddProductImage", guards=[requires(Role.ADMIN)])
    async def add(
        self,
        product_id: UUID,
        catalogue: Catalogue,
        unit: UnitOfWork,
        request: Request[Any, Any, Any],
        alt: Alt = "",
    ) -> ImageView:
        """Upload an image of at most 2 MiB: PNG, JPEG, WebP or SVG (admins).

        Either the body is the image and `Content-Type` its type, or the body is `multipart/form-data` with
        one file.
        """
        content_type, data = await _read_upload(request)
        text = optional_line("alt", alt, most=MAX_ALT)
        return image_view(await catalogue.add_image(unit, product_id, content_type, data, text))

    @put("/{image_id:uuid}", operation_id="ChangeProductImage", guards=[requires(Role.ADMIN)])
    async def change(
        self, product_id: UUID, image_id: UUID, data: ImageBody, catalogue: Catalogue, unit: UnitOfWork
    ) -> ImageView:
        """Change an image's text or place; what is left out stays (admins)."""
        alt = None if data.alt is None else optional_line("alt", data.alt, most=MAX_ALT)
        image = await catalogue.change_image(unit, product_id, image_id, alt=alt, position=data.position)
        return image_view(image)

    @delete("/{image_id:uuid}", operation_id="DeleteProductImage", guards=[requires(Role.ADMIN)])
    async def remove(self, product_id: UUID, image_id: UUID, catalogue: Catalogue, unit: UnitOfWork) -> None:
        """Remove an image (admins)."""
        await catalogue.delete_image(unit, product_id, image_id)


async def _read_upload(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """Read the content type and the bytes that the body or the file of a form has.

    Raises:
        InvalidArgumentError: The form has no file (``body``).
    """
    content_type = request.content_type[0]
    if content_type != "multipart/form-data":
        return content_type, await request.body()
    form = await request.form()
    file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
    if file is None:
        raise InvalidArgumentError.field("body", "has no file")
    return file.content_type, await file.read()
