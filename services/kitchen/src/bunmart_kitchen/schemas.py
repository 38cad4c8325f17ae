"""REST requests and responses of the kitchen service."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from bunmart_chassis.rest import LINE_RULE, FreeText, LineText, NameText, Schema
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_kitchen.domain import (
    MAX_ALLERGEN,
    MAX_ALLERGENS,
    MAX_LINE_NOTE,
    MAX_LINES,
    MAX_NAME,
    MAX_NOTES,
    MAX_UNIT,
    MAX_URL,
    Phase,
    ProductionLine,
    all_allergens,
)
from bunmart_kitchen.service import FullProductionOrder, ImageRef

Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY, description="Pieces")]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Notes = Annotated[FreeText, msgspec.Meta(max_length=MAX_NOTES)]
Allergen = Annotated[LineText, msgspec.Meta(min_length=1, max_length=MAX_ALLERGEN)]
ReportedPhase = Literal["PREPARING", "BAKING", "COMPLETED"]
Version = Annotated[
    int | None,
    msgspec.Meta(description="The version that was read; 409 when somebody changed it meanwhile"),
]


class NewLine(Schema):
    """A product to make."""

    product_id: UUID
    quantity: Quantity
    name: Annotated[NameText, msgspec.Meta(max_length=MAX_NAME)] = ""
    note: Annotated[FreeText, msgspec.Meta(max_length=MAX_LINE_NOTE)] = ""
    allergens: Annotated[list[Allergen], msgspec.Meta(max_length=MAX_ALLERGENS, description=LINE_RULE)] = []
    unit: Annotated[LineText, msgspec.Meta(max_length=MAX_UNIT)] = ""


class NewProductionOrder(Schema):
    """The products to make.

    Attributes:
        user_order_id: Left out for goods that nobody ordered, such as samples; the order service never hears
            of these. An order is refused unless its production was started at the order.
        lines: The products.
    """

    lines: Annotated[list[NewLine], msgspec.Meta(min_length=1, max_length=MAX_LINES)]
    user_order_id: UUID | None = None


class NewPhase(Schema):
    """A report of the kitchen; a field that is left out stays as it is. COMPLETED is always 100 percent."""

    phase: ReportedPhase
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
    """A product to make, as it was sold, with the customer's note, its allergens and what one piece is."""

    product_id: UUID
    quantity: int
    name: str
    note: str
    allergens: list[str]
    unit: str


class ImageView(msgspec.Struct, kw_only=True):
    """A preparation image and its address."""

    image_id: UUID
    url: str
    created_at: datetime


class ProductionOrderView(msgspec.Struct, kw_only=True):
    """A production order as the kitchen sees it.

    Attributes:
        user_order_id: None for goods that nobody ordered.
        order_number: The number of the order that people read to each other.
        order_note: The customer's note to the whole order, such as an allergy.
        allergens: Of all lines, each once.
        notes: Of the kitchen staff.
        cancel_reason: Why nobody bakes it any more; empty unless it is CANCELLED.
    """

    production_order_id: UUID
    user_order_id: UUID | None
    order_number: str
    order_note: str
    allergens: list[str]
    phase: Phase
    progress_percent: int
    lines: list[LineView]
    images: list[ImageView]
    preparation_image_urls: list[str]
    notes: str
    order_notified: bool
    cancel_reason: str
    created_at: datetime
    updated_at: datetime
    version: int


class ProgressView(msgspec.Struct, kw_only=True):
    """The progress of an order's production."""

    production_order_id: UUID
    user_order_id: UUID | None
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
        order_number=order.order_number,
        order_note=order.order_note,
        allergens=all_allergens(full.lines),
        phase=order.phase,
        progress_percent=order.progress_percent,
        lines=[line_view(line) for line in full.lines],
        images=[image_view(image) for image in full.images],
        preparation_image_urls=[image.url for image in full.images],
        notes=order.notes,
        order_notified=order.prepared_notified_at is not None,
        cancel_reason=order.cancel_reason,
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
    )


def line_view(line: ProductionLine) -> LineView:
    """Present a product to make."""
    return LineView(
        product_id=line.product_id,
        quantity=line.quantity,
        name=line.name,
        note=line.note,
        allergens=line.allergens,
        unit=line.unit,
    )


def progress_view(full: FullProductionOrder) -> ProgressView:
    """Present the progress of a production order."""
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
