"""REST requests and responses of the shipping service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.rest import Schema

from bunmart_shipping.domain import (
    MAX_CARRIER,
    MAX_NOTES,
    MAX_PRODUCTS,
    Driver,
    Shipment,
    ShipmentEvent,
    ShipmentStatus,
    Vehicle,
    VehicleKind,
)

Carrier = Annotated[str, msgspec.Meta(max_length=MAX_CARRIER, description="Empty means our own drivers")]
TrackingNumber = Annotated[
    str, msgspec.Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9-]+$", description="Unique")
]
Notes = Annotated[str, msgspec.Meta(max_length=MAX_NOTES)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{6,14})?$", description="E.164, or empty")]
Plate = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class NewShipment(Schema):
    """The products to ship, the recipient and the address."""

    order_id: UUID
    user_id: UUID
    shipping_address_id: UUID
    product_ids: Annotated[list[UUID], msgspec.Meta(max_length=MAX_PRODUCTS)] = []
    carrier: Carrier = ""


class ShippingDetails(Schema):
    """The details that an admin or driver submits; a field that is left out stays as it is.

    Attributes:
        driver_id: The driver who delivers.
        vehicle_id: The vehicle for it.
        tracking_number: Made up when there is none yet.
        carrier: Empty means our own drivers.
        estimated_delivery: With a time zone.
        notes: For the driver.
        version: The version that was read; 409 when somebody changed it meanwhile.
    """

    driver_id: UUID
    vehicle_id: UUID
    tracking_number: TrackingNumber | None = None
    carrier: Carrier | None = None
    estimated_delivery: Time | None = None
    notes: Notes | None = None
    version: int | None = None


class NewStatus(Schema):
    """The state to move to, and why (for example why a delivery failed)."""

    status: ShipmentStatus
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class DriverData(Schema):
    """A driver; the account needs the role driver."""

    name: Name
    user_id: UUID | None = None
    phone: Phone = ""
    active: bool = True


class VehicleData(Schema):
    """A vehicle."""

    plate: Plate
    kind: VehicleKind
    active: bool = True


class ShipmentView(msgspec.Struct, kw_only=True):
    """A shipment; its customer does not see the notes. A text that is not known yet is empty."""

    shipment_id: UUID
    order_id: UUID
    user_id: UUID
    shipping_address_id: UUID
    product_ids: list[UUID]
    carrier: str
    tracking_number: str
    status: ShipmentStatus
    driver_id: UUID | None
    vehicle_id: UUID | None
    recipient_name: str
    recipient_phone: str
    notes: str
    estimated_delivery: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class TrackingView(msgspec.Struct, kw_only=True):
    """The state of the parcel of an order."""

    shipment_id: UUID
    order_id: UUID
    status: ShipmentStatus
    tracking_number: str
    carrier: str
    estimated_delivery: datetime | None
    delivered_at: datetime | None
    updated_at: datetime


class ShipmentEventView(msgspec.Struct, kw_only=True):
    """One entry of a shipment's history."""

    from_status: ShipmentStatus | None
    to_status: ShipmentStatus
    actor: str
    reason: str
    created_at: datetime


class DriverView(msgspec.Struct, kw_only=True):
    """A driver."""

    driver_id: UUID
    user_id: UUID | None
    name: str
    phone: str
    active: bool
    created_at: datetime
    updated_at: datetime


class VehicleView(msgspec.Struct, kw_only=True):
    """A vehicle."""

    vehicle_id: UUID
    plate: str
    kind: VehicleKind
    active: bool
    created_at: datetime
    updated_at: datetime


def shipment_view(shipment: Shipment, *, with_notes: bool = True) -> ShipmentView:
    """Present a shipment."""
    return ShipmentView(
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        user_id=shipment.user_id,
        shipping_address_id=shipment.shipping_address_id,
        product_ids=shipment.product_ids,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number or "",
        status=shipment.status,
        driver_id=shipment.driver_id,
        vehicle_id=shipment.vehicle_id,
        recipient_name=shipment.recipient_name or "",
        recipient_phone=shipment.recipient_phone or "",
        notes=shipment.notes if with_notes else "",
        estimated_delivery=shipment.estimated_delivery,
        delivered_at=shipment.delivered_at,
        created_at=shipment.created_at,
        updated_at=shipment.updated_at,
        version=shipment.version,
    )


def tracking_view(shipment: Shipment) -> TrackingView:
    """Present where a shipment is."""
    return TrackingView(
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        status=shipment.status,
        tracking_number=shipment.tracking_number or "",
        carrier=shipment.carrier,
        estimated_delivery=shipment.estimated_delivery,
        delivered_at=shipment.delivered_at,
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


def driver_view(driver: Driver) -> DriverView:
    """Present a driver."""
    return DriverView(
        driver_id=driver.id,
        user_id=driver.user_id,
        name=driver.name,
        phone=driver.phone,
        active=driver.active,
        created_at=driver.created_at,
        updated_at=driver.updated_at,
    )


def vehicle_view(vehicle: Vehicle) -> VehicleView:
    """Present a vehicle."""
    return VehicleView(
        vehicle_id=vehicle.id,
        plate=vehicle.plate,
        kind=vehicle.kind,
        active=vehicle.active,
        created_at=vehicle.created_at,
        updated_at=vehicle.updated_at,
    )
