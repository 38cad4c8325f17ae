"""REST requests and responses of drivers and vehicles."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.rest import LineText, NameText, Schema

from bunmart_shipping.domain import MAX_NAME, Driver, Vehicle, VehicleKind
from bunmart_shipping.schemas import Phone

Plate = Annotated[LineText, msgspec.Meta(min_length=1, max_length=20)]
Name = Annotated[NameText, msgspec.Meta(min_length=1, max_length=MAX_NAME)]


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
