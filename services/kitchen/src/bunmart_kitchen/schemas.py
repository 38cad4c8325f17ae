"""REST requests and responses of the kitchen service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.rest import Schema
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_kitchen.domain import MAX_LINES, MAX_NOTES, MAX_URL, Phase
from bunmart_kitchen.service import FullProductionOrder, ImageRef

Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY, description="Pieces")]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Notes = Annotated[str, msgspec.Meta(max_length=MAX_NOTES)]
Version = Annotated[
    int | None,
    msgspec.Meta(description="The version that was read; 409 when somebody changed it meanwhile"),
]


class NewLine(Schema):
    """A product to make."""

    product_id: UUID
    quantity: Quantity


class NewProductionOrder(Schema):
    """The products to make for an order."""

    user_order_id: UUID
    lines: Annotated[list[NewLine], msgspec.Meta(min_length=1, max_length=MAX_LINES)]


class NewPhase(Schema):
    """A report of the kitchen; a field that is left out stays as it is. COMPLETED is always 100 percent."""

    phase: Phase
    progress_percent: Percent | None = None
    notes: Notes | None = None
    version: Version = None


class NewNotes(Schema):
    """Notes of the kitchen staff."""

    notes: Notes
    version: Version = None


class ImageLink(Schema):
    """An image that is elsewhere."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_URL)]


class LineView(msgspec.Struct, kw_only=True):
    """A product to make and the number of its pieces."""

    product_id: UUID
    quantity: int


class ImageView(msgspec.Struct, kw_only=True):
    """A preparation image and its address."""

    image_id: UUID
    url: str
    created_at: datetime


class ProductionOrderView(msgspec.Struct, kw_only=True):
    """A production order as the kitchen sees it."""

    production_order_id: UUID
    user_order_id: UUID
    phase: Phase
    progress_percent: int
    lines: list[LineView]
    images: list[ImageView]
    preparation_image_urls: list[str]
    notes: str
    order_notified: bool
    created_at: datetime
    updated_at: datetime
    version: int


class ProgressView(msgspec.Struct, kw_only=True):
    """A production order as the customer sees it."""

    production_order_id: UUID
    user_order_id: UUID
    phase: Phase
    progress_percent: int
    preparation_image_urls: list[str]
    updated_at: datetime


def production_order_view(full: FullProductionOrder) -> ProductionOrderView:
    """Present a production order to staff."""
    order = full.order
    return ProductionOrderView(
        production_order_id=order.id,
        user_order_id=order.user_order_id,
        phase=order.phase,
        progress_percent=order.progress_percent,
        lines=[LineView(product_id=line.product_id, quantity=line.quantity) for line in full.lines],
        images=[image_view(image) for image in full.images],
        preparation_image_urls=[image.url for image in full.images],
        notes=order.notes,
        order_notified=order.prepared_notified_at is not None,
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
    )


def progress_view(full: FullProductionOrder) -> ProgressView:
    """Present a production order to the customer."""
    order = full.order
    return ProgressView(
        production_order_id=order.id,
        user_order_id=order.user_order_id,
        phase=order.phase,
        progress_percent=order.progress_percent,
        preparation_image_urls=[image.url for image in full.images],
        updated_at=order.updated_at,
    )


def image_view(image: ImageRef) -> ImageView:
    """Present an image."""
    return ImageView(image_id=image.id, url=image.url, created_at=image.created_at)
