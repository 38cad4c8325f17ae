"""The rules of a production order, without I/O: its phases, its progress, its images."""

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, InvalidArgumentError

MAX_LINES = 100
MAX_IMAGES = 20
"""Preparation images of one production order."""
MAX_IMAGE_BYTES = 2 * 1024 * 1024
MAX_NOTES = 2000
"""Characters of the staff's notes."""
MAX_URL = 2000
DONE = 100
"""Progress of a completed production order, in percent."""


class Phase(enum.StrEnum):
    """Phases of a production order, in their order (brief, "Kitchen Service")."""

    PREPARING = "PREPARING"
    BAKING = "BAKING"
    COMPLETED = "COMPLETED"


PHASES = tuple(Phase)


class ImageType(enum.StrEnum):
    """Media types of preparation images that are stored here."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


class ProductionOrder(msgspec.Struct):
    """A kitchen job; ``progress_percent`` is 0 to 100, ``version`` counts its changes."""

    id: UUID
    user_order_id: UUID
    phase: Phase
    progress_percent: int
    notes: str
    prepared_notified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class ProductionLine(msgspec.Struct):
    """How many pieces of one product to make."""

    production_order_id: UUID
    product_id: UUID
    position: int
    quantity: int


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


class Progress(NamedTuple):
    """Where a production order stands."""

    phase: Phase
    percent: int


def advance(current: Progress, phase: Phase, percent: int | None) -> Progress:
    """Move on; the present state again is accepted. Completed is always 100 percent.

    Args:
        current: Where it stands.
        phase: The present phase or a later one.
        percent: 0 to 100, not below the present progress; None keeps it.

    Raises:
        FailedPreconditionError: Phase (PHASE_BACKWARDS) or progress (PROGRESS_BACKWARDS) would move back.
    """
    allowed = PHASES[PHASES.index(current.phase) :]
    if phase not in allowed:
        raise FailedPreconditionError(
            f"A production order in {current.phase} cannot go back to {phase}.",
            code="PHASE_BACKWARDS",
            metadata={"phase": current.phase, "allowed": ", ".join(allowed)},
        )
    if phase is Phase.COMPLETED:
        return Progress(phase, DONE)
    if percent is not None and percent < current.percent:
        raise FailedPreconditionError(
            f"A production order at {current.percent}% cannot go back to {percent}%.",
            code="PROGRESS_BACKWARDS",
            metadata={"progress_percent": str(current.percent)},
        )
    return Progress(phase, current.percent if percent is None else percent)


def require_version(order: ProductionOrder, version: int | None) -> None:
    """Refuse a change that was decided on an older state (ABORTED); None decides on any."""
    if version is not None and version != order.version:
        raise AbortedError(
            "Somebody changed this production order meanwhile; read it again.",
            code="PRODUCTION_ORDER_CHANGED",
            metadata={"version": str(order.version)},
        )


def merge_lines(lines: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    """Add up quantities of the same product, in the order of first mention."""
    merged: dict[UUID, int] = {}
    for product_id, quantity in lines:
        merged[product_id] = merged.get(product_id, 0) + quantity
    return merged


def require_image_url(field: str, value: str) -> str:
    """Read an absolute http or https address of an image."""
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
    """Read an uploaded image; what the bytes are counts, and the declared type must agree.

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
