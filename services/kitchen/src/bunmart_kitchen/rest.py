"""REST of the kitchen service: production orders and their preparation images."""

from typing import Any
from uuid import UUID

import msgspec
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import optional_line, optional_name, optional_text, require_line
from litestar import Controller, Request, Response, delete, get, post, put

from bunmart_kitchen.domain import (
    MAX_ALLERGEN,
    MAX_IMAGE_BYTES,
    MAX_LINE_NOTE,
    MAX_NAME,
    MAX_NOTES,
    MAX_UNIT,
    Goods,
    ImageType,
    Phase,
    require_image,
    require_image_url,
)
from bunmart_kitchen.openapi import ImageUpload
from bunmart_kitchen.schemas import (
    ImageLink,
    ImageView,
    NewNotes,
    NewPhase,
    NewProductionOrder,
    ProductionOrderView,
    ProgressView,
    image_view,
    production_order_view,
    progress_view,
)
from bunmart_kitchen.service import Production

_STAFF = [requires(Role.KITCHEN)]
_ADMIN = [requires(Role.ADMIN)]
_SIGNED_IN = [requires(*Role)]
_IMAGE_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


class ProductionOrderController(Controller):
    """Production orders, for the kitchen and admins."""

    path = "/api/production-orders"
    tags = ("production-orders",)

    @post("/", operation_id="CreateProductionOrder", guards=_ADMIN)
    async def create(
        self, data: NewProductionOrder, production: Production, unit: UnitOfWork
    ) -> ProductionOrderView:
        """Create a production order for goods that nobody ordered (admins).

        An order's production is started with `POST /api/orders/{id}/produce`; with `user_order_id` this
        returns what was started so, and refuses any other order.
        """
        lines = [
            Goods(
                line.product_id,
                line.quantity,
                optional_name(f"lines[{index}].name", line.name, most=MAX_NAME),
                optional_text(f"lines[{index}].note", line.note, most=MAX_LINE_NOTE),
                tuple(
                    require_line(f"lines[{index}].allergens[{place}]", each, most=MAX_ALLERGEN)
                    for place, each in enumerate(line.allergens)
                ),
                optional_line(f"lines[{index}].unit", line.unit, most=MAX_UNIT),
            )
            for index, line in enumerate(data.lines)
        ]
        return production_order_view(await production.create_by_hand(unit, data.user_order_id, lines))

    @get("/", operation_id="ListProductionOrders", guards=_STAFF)
    async def list_all(
        self, production: Production, page: PageRequest, phase: Phase | None = None
    ) -> Page[ProductionOrderView]:
        """List production orders, newest first, optionally of one phase."""
        return (await production.list_page(page, phase=phase)).map(production_order_view)

    @get("/{production_order_id:uuid}", operation_id="GetProductionOrder", guards=_STAFF)
    async def get_one(self, production_order_id: UUID, production: Production) -> ProductionOrderView:
        """Read a production order with lines, images and notes."""
        return production_order_view(await production.get(production_order_id))

    @get("/order/{user_order_id:uuid}", operation_id="GetProductionProgress", guards=_SIGNED_IN)
    async def get_progress(
        self, user_order_id: UUID, principal: Principal, production: Production
    ) -> ProgressView:
        """Read how far the kitchen is with an order, by the id of the order.

        Kitchen staff and admins read it of all orders, a customer of his own. For others it is as if there
        were none.
        """
        customer_id = None if principal.has(Role.KITCHEN) else principal.user_id
        return progress_view(await production.get_of(user_order_id, customer_id=customer_id))

    @put("/{production_order_id:uuid}/phase", operation_id="UpdateProductionPhase", guards=_STAFF)
    async def update_phase(
        self, production_order_id: UUID, data: NewPhase, production: Production, unit: UnitOfWork
    ) -> ProductionOrderView:
        """Record how far the kitchen is. COMPLETED makes the order prepared."""
        full = await production.update_phase(
            unit,
            production_order_id,
            Phase(data.phase),
            data.progress_percent,
            notes=None if data.notes is None else optional_text("notes", data.notes, most=MAX_NOTES),
            version=data.version,
        )
        return production_order_view(full)

    @put("/{production_order_id:uuid}/notes", operation_id="SetProductionNotes", guards=_STAFF)
    async def set_notes(
        self, production_order_id: UUID, data: NewNotes, production: Production, unit: UnitOfWork
    ) -> ProductionOrderView:
        """Replace the notes."""
        notes = optional_text("notes", data.notes, most=MAX_NOTES)
        full = await production.set_notes(unit, production_order_id, notes, version=data.version)
        return production_order_view(full)

    @delete("/{production_order_id:uuid}", operation_id="DeleteProductionOrder", guards=_ADMIN)
    async def remove(self, production_order_id: UUID, production: Production, unit: UnitOfWork) -> None:
        """Delete an unfinished production order that belongs to no order (admins).

        The production of an order ends when the order is cancelled.
        """
        await production.remove(unit, production_order_id)


class ImageController(Controller):
    """Preparation images."""

    path = "/api/production-orders/{production_order_id:uuid}/images"
    tags = ("production-orders",)

    @post(
        "/",
        operation_id="AddPreparationImage",
        guards=_STAFF,
        request_max_body_size=MAX_IMAGE_BYTES,
        operation_class=ImageUpload,
    )
    async def add(
        self,
        production_order_id: UUID,
        request: Request[Any, Any, Any],
        body: bytes,
        production: Production,
        unit: UnitOfWork,
    ) -> ImageView:
        """Add an image: its bytes (PNG, JPEG or WebP, up to 2 MiB), or JSON with its `url`."""
        content_type = request.content_type[0]
        if content_type == "application/json":
            url = require_image_url("url", _link(body).url)
            return image_view(await production.add_link(unit, production_order_id, url))
        if content_type not in tuple(ImageType):
            raise InvalidArgumentError.field(
                "content-type", f"must be application/json or one of {', '.join(ImageType)}"
            )
        stored = require_image(content_type, body)
        return image_view(await production.add_image(unit, production_order_id, stored))

    @get("/{image_id:uuid}", operation_id="GetPreparationImage", media_type="image/*")
    async def show(
        self, production_order_id: UUID, image_id: UUID, production: Production
    ) -> Response[bytes]:
        """Show a stored image. Open to all, because a browser's image request carries no token."""
        image = await production.get_image(production_order_id, image_id)
        return Response(image.content, media_type=image.content_type, headers=_IMAGE_HEADERS)

    @delete("/{image_id:uuid}", operation_id="DeletePreparationImage", guards=_STAFF)
    async def remove(
        self, production_order_id: UUID, image_id: UUID, production: Production, unit: UnitOfWork
    ) -> None:
        """Remove an image."""
        await production.remove_image(unit, production_order_id, image_id)


def _link(body: bytes) -> ImageLink:
    try:
        return msgspec.json.decode(body, type=ImageLink)
    except msgspec.DecodeError as error:
        raise InvalidArgumentError.field("body", str(error)) from None
    except UnicodeDecodeError:
        raise InvalidArgumentError.field("body", "must be UTF-8") from None
