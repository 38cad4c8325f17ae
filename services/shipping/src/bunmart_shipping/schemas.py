"""REST requests and responses of the shipping service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.rest import FreeText, LineText, NameText, Schema

from bunmart_shipping.domain import (
    MAX_ADDRESS_PART,
    MAX_CARRIER,
    MAX_NAME,
    MAX_NOTES,
    MAX_PRODUCTS,
    MAX_REASON,
    Actor,
    Address,
    Image,
    ImageType,
    Shipment,
    ShipmentEvent,
    ShipmentStatus,
)

Carrier = Annotated[LineText, msgspec.Meta(max_length=MAX_CARRIER)]
TrackingNumber = Annotated[
    str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$(?!\n)", description="Unique")
]
Notes = Annotated[FreeText, msgspec.Meta(max_length=MAX_NOTES)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{6,14})?$(?!\n)", description="E.164, or empty")]


_Part = Annotated[LineText, msgspec.Meta(max_length=MAX_ADDRESS_PART)]
_Given = Annotated[LineText, msgspec.Meta(min_length=1, max_length=MAX_ADDRESS_PART)]


class NewAddress(Schema):
    """The address of a parcel."""

    recipient: Annotated[NameText, msgspec.Meta(min_length=1, max_length=MAX_ADDRESS_PART)]
    line1: _Given
    city: _Given
    postal_code: _Given
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166-1 alpha-2")]
    line2: _Part = ""
    state: _Part = ""
    phone: Phone = ""


class NewShipment(Schema):
    """The products to ship, the recipient and the address.

    Attributes:
        order_id: Left out for a parcel that nobody ordered, such as samples; the order service never hears of
            it. An order is refused unless its delivery was asked for at the order.
        user_id: The customer, who is told how far the parcel is.
        shipping_address_id: Of the user service; may be left out.
        product_ids: The products.
        carrier: Empty means our own drivers.
        address: The driver goes there; required without an order.
        note: For the driver.
    """

    user_id: UUID
    order_id: UUID | None = None
    shipping_address_id: UUID | None = None
    product_ids: Annotated[list[UUID], msgspec.Meta(max_length=MAX_PRODUCTS)] = []
    carrier: Carrier = ""
    address: NewAddress | None = None
    note: Notes = ""


class ShippingDetails(Schema):
    """The details that an admin or driver submits; a field that is left out stays as it is.

    Complete are a driver and a vehicle, or, when both are left out, a carrier and its tracking number.

    Attributes:
        driver_id: The driver who delivers.
        vehicle_id: The vehicle for it.
        tracking_number: Made up for a driver when there is none yet.
        carrier: Empty means our own drivers.
        estimated_delivery: With a time zone.
        notes: For the driver.
        version: The version that was read; 409 when somebody changed it meanwhile.
    """

    driver_id: UUID | None = None
    vehicle_id: UUID | None = None
    tracking_number: TrackingNumber | None = None
    carrier: Carrier | None = None
    estimated_delivery: Time | None = None
    notes: Notes | None = None
    version: int | None = None


class NewStatus(Schema):
    """The state to move to.

    Attributes:
        status: The state.
        reason: For the history; the customer reads it when the delivery failed.
        received_by: The person who took the parcel, when it is DELIVERED.
    """

    status: ShipmentStatus
    reason: Annotated[FreeText, msgspec.Meta(max_length=MAX_REASON)] = ""
    received_by: Annotated[NameText, msgspec.Meta(max_length=MAX_NAME)] = ""


class AddressView(msgspec.Struct, kw_only=True):
    """An address; who does not deliver the parcel sees no more than town, postal code and country."""

    recipient: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    phone: str


class ShipmentView(msgspec.Struct, kw_only=True):
    """A shipment. A text that is not known yet, or not for the reader, is empty.

    The staff's notes are for admins and the driver of the parcel. Other drivers, to whom a shipment is
    shown that waits for one, do not see the person.

    Attributes:
        order_id: None for a parcel that nobody ordered.
        order_number: The number of the order that people read to each other.
        order_note: The customer's note.
        received_by: The person who took the parcel.
        order_cancelled: True when the order was cancelled: nothing more is delivered for it.
        stop_asked: True when the money of the order went back on the road: a delivery that fails is given up.
    """

    shipment_id: UUID
    order_id: UUID | None
    order_number: str
    user_id: UUID | None
    shipping_address_id: UUID | None
    product_ids: list[UUID]
    carrier: str
    tracking_number: str
    status: ShipmentStatus
    driver_id: UUID | None
    vehicle_id: UUID | None
    recipient_name: str
    recipient_phone: str
    address: AddressView | None
    order_note: str
    notes: str
    estimated_delivery: datetime | None
    delivered_at: datetime | None
    received_by: str
    order_cancelled: bool
    stop_asked: bool
    created_at: datetime
    updated_at: datetime
    version: int


class ImageView(msgspec.Struct, kw_only=True):
    """A picture of a delivery."""

    image_id: UUID
    content_type: ImageType
    created_at: datetime


class TrackingView(msgspec.Struct, kw_only=True):
    """The state of the parcel of an order."""

    shipment_id: UUID
    order_id: UUID | None
    order_number: str
    status: ShipmentStatus
    tracking_number: str
    carrier: str
    estimated_delivery: datetime | None
    delivered_at: datetime | None
    received_by: str
    updated_at: datetime


class ShipmentEventView(msgspec.Struct, kw_only=True):
    """One entry of a shipment's history."""

    from_status: ShipmentStatus | None
    to_status: ShipmentStatus
    actor: str
    reason: str
    created_at: datetime


def shipment_view(shipment: Shipment, actor: Actor) -> ShipmentView:
    """Present a shipment to the one who reads it."""
    person, notes = actor.sees_person(shipment), actor.sees_notes(shipment)
    return ShipmentView(
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        order_number=shipment.order_number,
        user_id=shipment.user_id if person else None,
        shipping_address_id=shipment.shipping_address_id if person else None,
        product_ids=shipment.product_ids,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number or "",
        status=shipment.status,
        driver_id=shipment.driver_id,
        vehicle_id=shipment.vehicle_id,
        recipient_name=(shipment.recipient_name or "") if person else "",
        recipient_phone=(shipment.recipient_phone or "") if person else "",
        address=None if shipment.address is None else address_view(shipment.address, whole=person),
        order_note=shipment.order_note if person else "",
        notes=shipment.notes if notes else "",
        estimated_delivery=shipment.estimated_delivery,
        delivered_at=shipment.delivered_at,
        received_by=shipment.received_by if person else "",
        order_cancelled=shipment.order_cancelled,
        stop_asked=shipment.stop_asked,
        created_at=shipment.created_at,
        updated_at=shipment.updated_at,
        version=shipment.version,
    )


def address_view(address: Address, *, whole: bool) -> AddressView:
    """Present an address; without ``whole`` no more than town, postal code and country."""
    shown = (
        address
        if whole
        else Address(city=address.city, postal_code=address.postal_code, country=address.country)
    )
    return AddressView(**msgspec.structs.asdict(shown))


def image_view(image: Image) -> ImageView:
    """Present a picture of a delivery."""
    return ImageView(image_id=image.id, content_type=image.content_type, created_at=image.created_at)


def tracking_view(shipment: Shipment, actor: Actor) -> TrackingView:
    """Present where a shipment is to the one who reads it."""
    return TrackingView(
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        order_number=shipment.order_number,
        status=shipment.status,
        tracking_number=shipment.tracking_number or "",
        carrier=shipment.carrier,
        estimated_delivery=shipment.estimated_delivery,
        delivered_at=shipment.delivered_at,
        received_by=shipment.received_by if actor.sees_person(shipment) else "",
        updated_at=shipment.updated_at,
    )


def event_view(event: ShipmentEvent) -> ShipmentEventView:
    """Present an entry of the history."""
    return ShipmentEventView(
        from_status=event.from_status,
        to_status=event.to_status,
        actor=event.actor,
        reason=event.reason,
        created_at=event.created_at,
    )
