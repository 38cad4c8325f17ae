"""Drivers and vehicles."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of
from bunmart_chassis.storage import Database

from bunmart_shipping import queries
from bunmart_shipping.domain import Driver, Vehicle, VehicleKind
from bunmart_shipping.service.conflicts import refuse_in_use, refuse_twins

_TAKEN_USER = ("DRIVER_EXISTS", "This account belongs to another driver.")
_TAKEN_PLATE = ("VEHICLE_EXISTS", "A vehicle with this plate exists.")


class Fleet:
    """All use cases of drivers and vehicles. What was used stays: it is set inactive instead of deleted."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add_driver(self, *, user_id: UUID | None, name: str, phone: str, active: bool) -> Driver:
        """Add a driver (ALREADY_EXISTS when the account has one)."""
        now = datetime.now(UTC)
        driver = Driver(new_id(), user_id, name, phone, active, now, now)
        with refuse_twins(*_TAKEN_USER):
            await queries.ADD_DRIVER.add(self.database, driver)
        return driver

    async def set_driver(
        self, driver_id: UUID, *, user_id: UUID | None, name: str, phone: str, active: bool
    ) -> Driver:
        """Replace a driver's data (NOT_FOUND; ALREADY_EXISTS when the account has another one)."""
        with refuse_twins(*_TAKEN_USER):
            found = await queries.SET_DRIVER.first(
                self.database, driver_id=driver_id, user_id=user_id, name=name, phone=phone, active=active
            )
        return _driver(found, f"No driver {driver_id}.")

    async def driver(self, driver_id: UUID) -> Driver:
        """One driver (NOT_FOUND)."""
        found = await queries.DRIVER.first(self.database, id=driver_id)
        return _driver(found, f"No driver {driver_id}.")

    async def driver_of(self, user_id: UUID) -> Driver:
        """The active driver of an account (NOT_FOUND)."""
        found = await queries.DRIVER_OF_USER.first(self.database, user_id=user_id)
        return _driver(found, "No active driver belongs to this account.")

    async def drivers(self, *, size: int, after: UUID | None) -> Page[Driver]:
        """All drivers, newest first."""
        query = queries.DRIVER_PAGES[after is not None]
        rows = await query.all(self.database, after=after, limit=size + 1)
        return page_of(rows, size, lambda driver: driver.id)

    async def remove_driver(self, driver_id: UUID) -> None:
        """Delete a driver who never had a shipment (FAILED_PRECONDITION DRIVER_IN_USE otherwise)."""
        with refuse_in_use("DRIVER_IN_USE", "This driver has shipments; set him inactive instead."):
            removed = await queries.REMOVE_DRIVER.run(self.database, id=driver_id)
        if not removed:
            raise NotFoundError(f"No driver {driver_id}.", code="DRIVER_NOT_FOUND")

    async def add_vehicle(self, *, plate: str, kind: VehicleKind, active: bool) -> Vehicle:
        """Add a vehicle (ALREADY_EXISTS when the plate is known)."""
        now = datetime.now(UTC)
        vehicle = Vehicle(new_id(), plate, kind, active, now, now)
        with refuse_twins(*_TAKEN_PLATE):
            await queries.ADD_VEHICLE.add(self.database, vehicle)
        return vehicle

    async def set_vehicle(self, vehicle_id: UUID, *, plate: str, kind: VehicleKind, active: bool) -> Vehicle:
        """Replace a vehicle's data (NOT_FOUND; ALREADY_EXISTS when another has the plate)."""
        with refuse_twins(*_TAKEN_PLATE):
            found = await queries.SET_VEHICLE.first(
                self.database, vehicle_id=vehicle_id, plate=plate, kind=kind, active=active
            )
        return _vehicle(found, vehicle_id)

    async def vehicle(self, vehicle_id: UUID) -> Vehicle:
        """One vehicle (NOT_FOUND)."""
        return _vehicle(await queries.VEHICLE.first(self.database, id=vehicle_id), vehicle_id)

    async def vehicles(self, *, size: int, after: UUID | None) -> Page[Vehicle]:
        """All vehicles, newest first."""
        query = queries.VEHICLE_PAGES[after is not None]
        rows = await query.all(self.database, after=after, limit=size + 1)
        return page_of(rows, size, lambda vehicle: vehicle.id)

    async def remove_vehicle(self, vehicle_id: UUID) -> None:
        """Delete a vehicle that never carried a shipment (FAILED_PRECONDITION VEHICLE_IN_USE otherwise)."""
        with refuse_in_use("VEHICLE_IN_USE", "This vehicle has shipments; set it inactive instead."):
            removed = await queries.REMOVE_VEHICLE.run(self.database, id=vehicle_id)
        if not removed:
            raise NotFoundError(f"No vehicle {vehicle_id}.", code="VEHICLE_NOT_FOUND")


def _driver(found: Driver | None, message: str) -> Driver:
    if found is None:
        raise NotFoundError(message, code="DRIVER_NOT_FOUND")
    return found


def _vehicle(found: Vehicle | None, vehicle_id: UUID) -> Vehicle:
    if found is None:
        raise NotFoundError(f"No vehicle {vehicle_id}.", code="VEHICLE_NOT_FOUND")
    return found
