"""Drivers and vehicles."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.ids import new_id


class VehicleKind(enum.StrEnum):
    """Kinds of vehicles."""

    BIKE = "BIKE"
    CAR = "CAR"
    VAN = "VAN"
    TRUCK = "TRUCK"


class Driver(msgspec.Struct):
    """A person who delivers; ``user_id`` is the account with which this person signs in."""

    id: UUID
    user_id: UUID | None
    name: str
    phone: str
    active: bool
    created_at: datetime
    updated_at: datetime


class Vehicle(msgspec.Struct):
    """A vehicle in which shipments are delivered."""

    id: UUID
    plate: str
    kind: VehicleKind
    active: bool
    created_at: datetime
    updated_at: datetime


class DriverDetails(NamedTuple):
    """The data of a driver that an admin may change."""

    user_id: UUID | None
    name: str
    phone: str
    active: bool


class VehicleDetails(NamedTuple):
    """The data of a vehicle that an admin may change."""

    plate: str
    kind: VehicleKind
    active: bool


def new_driver(details: DriverDetails, now: datetime) -> Driver:
    """Make a driver."""
    return Driver(id=new_id(), **details._asdict(), created_at=now, updated_at=now)


def new_vehicle(details: VehicleDetails, now: datetime) -> Vehicle:
    """Make a vehicle."""
    return Vehicle(id=new_id(), **details._asdict(), created_at=now, updated_at=now)
