"""The rules of preparation images: their number, their links, their media types."""

import enum
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id

MAX_IMAGES = 20
"""Preparation images of one production order."""
MAX_IMAGE_BYTES = 2 * 1024 * 1024
MAX_URL = 2000
"""Characters of a link."""


class ImageType(enum.StrEnum):
    """Media types of preparation images that are stored here."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


class Image(msgspec.Struct):
    """A preparation image: a link elsewhere, or (without ``url``) stored here."""

    id: UUID
    production_order_id: UUID
    url: str | None
    created_at: datetime


class StoredImage(msgspec.Struct):
    """The bytes of an image that is stored here."""

    content_type: ImageType
    content: bytes


def new_image(order_id: UUID, url: str | None, now: datetime) -> Image:
    """Make an image: a link, or without ``url`` one that is stored here."""
    return Image(new_id(), order_id, url, now)


def require_image_count(count: int) -> None:
    """Refuse more images than a production order may have.

    Raises:
        FailedPreconditionError: There would be more than ``MAX_IMAGES`` (TOO_MANY_IMAGES).
    """
    if count > MAX_IMAGES:
        raise FailedPreconditionError(
            f"A production order has at most {MAX_IMAGES} images.", code="TOO_MANY_IMAGES"
        )


def require_image_url(field: str, value: str) -> str:
    """Read an absolute http or https address of an image.

    Raises:
        InvalidArgumentError: It is none, or too long; ``field`` is named.
    """
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or len(value) > MAX_URL or not value.isprintable() or " " in value:
        raise InvalidArgumentError.field(
            field, f"must be an http or https address of at most {MAX_URL} characters"
        )
    return value


def require_image(content_type: str, content: bytes) -> StoredImage:
    """Read an uploaded image: its bytes decide of which type it is, and the declared type must agree.

    Raises:
        InvalidArgumentError: Not a PNG, JPEG or WebP image, or declared as something else.
    """
    found = _image_type(content)
    if found is None or found != content_type:
        raise InvalidArgumentError.field(
            "body", f"must be an image of the declared type, one of {', '.join(ImageType)}"
        )
    return StoredImage(found, content)


def _image_type(content: bytes) -> ImageType | None:
    # The signatures of https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageType.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return ImageType.JPEG
    if content[:4] == b"RIFF" and content[8:14] == b"WEBPVP":
        return ImageType.WEBP
    return None
