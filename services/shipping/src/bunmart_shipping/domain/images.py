"""The rules of delivery pictures: their number, their media types, and the proof of a delivery."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id

from bunmart_shipping.domain.shipments import Shipment, ShipmentStatus

MAX_IMAGES = 10
"""Pictures of one shipment."""
MAX_IMAGE_BYTES = 2 * 1024 * 1024
_PICTURED = frozenset({ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED, ShipmentStatus.FAILED})


class ImageType(enum.StrEnum):
    """Media types of delivery pictures."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


_SIGNATURES = (
    # https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
    (ImageType.PNG, slice(0, 8), b"\x89PNG\r\n\x1a\n"),
    (ImageType.JPEG, slice(0, 3), b"\xff\xd8\xff"),
    (ImageType.WEBP, slice(8, 14), b"WEBPVP"),
)


class Image(msgspec.Struct):
    """A delivery picture without its bytes."""

    id: UUID
    shipment_id: UUID
    content_type: ImageType
    created_at: datetime


class StoredImage(msgspec.Struct):
    """A delivery picture: its type and its bytes."""

    content_type: ImageType
    content: bytes


def new_image(shipment_id: UUID, stored: StoredImage, now: datetime) -> Image:
    """Make the picture of a delivery."""
    return Image(new_id(), shipment_id, stored.content_type, now)


def require_image(content_type: str, content: bytes) -> StoredImage:
    """Read an uploaded picture: its bytes decide of which type it is, and the declared type must agree.

    Raises:
        InvalidArgumentError: Not a PNG, JPEG or WebP image, or declared as something else.
    """
    found = next((kind for kind, place, mark in _SIGNATURES if content[place] == mark), None)
    if found is None or found != content_type:
        raise InvalidArgumentError.field(
            "body", f"must be an image of the declared type, one of {', '.join(ImageType)}"
        )
    return StoredImage(found, content)


def require_pictured(shipment: Shipment, count: int) -> None:
    """Refuse a picture of a shipment that is not on the road, or one too many.

    Args:
        shipment: The shipment.
        count: The pictures that it would have.

    Raises:
        FailedPreconditionError: It was not out for delivery yet (SHIPMENT_NOT_OUT), or there would be more
            than
            ``MAX_IMAGES`` (TOO_MANY_IMAGES).
    """
    if shipment.status not in _PICTURED:
        raise FailedPreconditionError(
            f"A shipment that is {shipment.status} has nothing to show yet.",
            code="SHIPMENT_NOT_OUT",
            metadata={"status": shipment.status, "allowed": ", ".join(sorted(_PICTURED))},
        )
    if count > MAX_IMAGES:
        raise FailedPreconditionError(
            f"A shipment has at most {MAX_IMAGES} pictures.", code="TOO_MANY_IMAGES"
        )


def require_proof(shipment: Shipment, received_by: str, *, name: bool, pictures: int | None) -> None:
    """Refuse a delivery by an own driver without the proof that the settings ask for.

    Args:
        shipment: The shipment.
        received_by: The name of the person who took the parcel.
        name: True when the settings ask for that name.
        pictures: The number of pictures; None when the settings ask for none.

    Raises:
        FailedPreconditionError: Something is missing (DELIVERY_PROOF_MISSING); ``metadata.missing`` names it.
    """
    missing = [
        word
        for word, absent in (("received_by", name and not received_by), ("picture", pictures == 0))
        if absent
    ]
    if missing and shipment.driver_id is not None:
        raise FailedPreconditionError(
            f"A delivery needs a proof; missing: {', '.join(missing)}.",
            code="DELIVERY_PROOF_MISSING",
            metadata={"missing": ", ".join(missing)},
        )
