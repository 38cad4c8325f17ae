"""The rules of the catalogue, without I/O: products, the text that a search compares, images."""

import enum
import unicodedata
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, InvalidArgumentError

MAX_IMAGE_BYTES = 2 * 1024 * 1024


class ImageType(enum.StrEnum):
    """Content types of images."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    SVG = "image/svg+xml"


class Allergen(enum.StrEnum):
    """The allergens that a label names: annex II of regulation (EU) No 1169/2011, in its order.

    The names are public: carts, orders, kitchen jobs and receipts carry them.
    """

    GLUTEN = "gluten"
    CRUSTACEANS = "crustaceans"
    EGGS = "eggs"
    FISH = "fish"
    PEANUTS = "peanuts"
    SOYBEANS = "soybeans"
    MILK = "milk"
    NUTS = "nuts"
    CELERY = "celery"
    MUSTARD = "mustard"
    SESAME = "sesame"
    SULPHITES = "sulphites"
    LUPIN = "lupin"
    MOLLUSCS = "molluscs"


DEFAULT_UNIT = "piece"
DEFAULT_TAX_CATEGORY = "food"


class Product(msgspec.Struct):
    """A product as it is read; ``image_ids`` in display order."""

    id: UUID
    name: str
    description: str
    category_id: UUID | None
    unit: str
    tax_category: str
    allergens: list[str]
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int
    tag_ids: list[UUID]
    image_ids: list[UUID]


class ProductRow(msgspec.Struct):
    """A product as it is stored."""

    id: UUID
    name: str
    sort_name: str
    search_text: str
    description: str
    category_id: UUID | None
    unit: str
    tax_category: str
    allergens: list[str]
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


class SaleProduct(msgspec.Struct):
    """The part of a product that an order keeps when it is sold."""

    id: UUID
    name: str
    unit: str
    category_id: UUID | None
    tax_category: str
    allergens: list[str]


class ProductDetails(msgspec.Struct, frozen=True):
    """The part of a product that an admin writes."""

    name: str
    description: str
    category_id: UUID | None
    tag_ids: list[UUID]
    active: bool
    unit: str = DEFAULT_UNIT
    tax_category: str = DEFAULT_TAX_CATEGORY
    allergens: tuple[Allergen, ...] = ()


class ProductTag(msgspec.Struct):
    """A tag of a product."""

    product_id: UUID
    tag_id: UUID


class Category(msgspec.Struct):
    """A category; the list is ordered by ``sort_order``, then name."""

    id: UUID
    name: str
    sort_order: int


class Tag(msgspec.Struct):
    """A tag."""

    id: UUID
    name: str


class Image(msgspec.Struct):
    """An image without its bytes; ``size`` in bytes."""

    id: UUID
    product_id: UUID
    content_type: ImageType
    alt: str
    position: int
    size: int
    created_at: datetime


class ImageRow(Image):
    """An image as it is stored, with its bytes."""

    data: bytes


class ImageUpload(msgspec.Struct, frozen=True):
    """An image that an admin sends; ``alt`` is read by people who cannot see it."""

    content_type: ImageType
    data: bytes
    alt: str


class ImageContent(msgspec.Struct):
    """The part of an image that a browser receives."""

    content_type: str
    data: bytes


class ImageCount(msgspec.Struct):
    """The number of images that a product has, and the position of the next one."""

    count: int
    next_position: int


def fold(text: str) -> str:
    """Reduce a text to what sorting and searching compare: no case, no accents ("Börek" is "borek").

    Case is folded before and after the decomposition, because U+1D468 becomes an "A" only by the latter
    (https://www.unicode.org/versions/latest/core-spec/chapter-3/#G53513, compatibility caseless match).
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    decomposed = unicodedata.normalize("NFKD", folded.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def search_text(name: str, description: str) -> str:
    """Return the text that a search looks through: name and description, folded."""
    return f"{fold(name)}\n{fold(description)}"


def in_order(allergens: Collection[Allergen]) -> list[str]:
    """Return each of the allergens once, in the order of the regulation."""
    return [allergen.value for allergen in Allergen if allergen in allergens]


def image_path(product_id: UUID, image_id: UUID) -> str:
    """Return the address of an image, relative to the ingress."""
    return f"/api/products/{product_id}/images/{image_id}"


def new_product(product_id: UUID, details: ProductDetails, now: datetime) -> ProductRow:
    """Make a product at its first version."""
    return ProductRow(
        id=product_id,
        name=details.name,
        sort_name=fold(details.name),
        search_text=search_text(details.name, details.description),
        description=details.description,
        category_id=details.category_id,
        unit=details.unit,
        tax_category=details.tax_category,
        allergens=in_order(details.allergens),
        active=details.active,
        created_at=now,
        updated_at=now,
        version=1,
    )


def require_version(current: int, expected: int | None) -> None:
    """Refuse a change that was made against an older version.

    Raises:
        AbortedError: The product has another version than the expected one (PRODUCT_CHANGED).
    """
    if expected is not None and expected != current:
        raise AbortedError(
            f"The product is at version {current}, not {expected}; read it again.",
            code="PRODUCT_CHANGED",
            metadata={"version": str(current)},
        )


def require_below_limit(images: ImageCount, limit: int) -> None:
    """Refuse one image too many.

    Raises:
        FailedPreconditionError: The product has as many images as it may (TOO_MANY_IMAGES).
    """
    if images.count >= limit:
        raise FailedPreconditionError(
            f"A product has at most {limit} images; delete one first.", code="TOO_MANY_IMAGES"
        )


def require_image(content_type: str, data: bytes) -> ImageType:
    """Read the type of an upload and check that the bytes begin like it.

    Raises:
        InvalidArgumentError: Another type, too large (IMAGE_TOO_LARGE), or not what it claims to be.
    """
    try:
        kind = ImageType(content_type)
    except ValueError:
        raise InvalidArgumentError.field("content-type", f"must be one of {', '.join(ImageType)}") from None
    if len(data) > MAX_IMAGE_BYTES:
        raise InvalidArgumentError(
            f"An image has at most {MAX_IMAGE_BYTES} bytes, this one has {len(data)}.", code="IMAGE_TOO_LARGE"
        )
    if not _begins_like(kind, data):
        raise InvalidArgumentError.field("body", f"is not {kind}")
    return kind


def new_image(
    image_id: UUID, product_id: UUID, upload: ImageUpload, position: int, now: datetime
) -> ImageRow:
    """Make an image from an upload."""
    return ImageRow(
        id=image_id,
        product_id=product_id,
        content_type=upload.content_type,
        alt=upload.alt,
        position=position,
        size=len(upload.data),
        created_at=now,
        data=upload.data,
    )


def _begins_like(kind: ImageType, data: bytes) -> bool:
    match kind:
        case ImageType.PNG:
            return data.startswith(b"\x89PNG\r\n\x1a\n")
        case ImageType.JPEG:
            return data.startswith(b"\xff\xd8\xff")
        case ImageType.WEBP:
            return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
        case ImageType.SVG:
            return b"<svg" in data[:4096]
