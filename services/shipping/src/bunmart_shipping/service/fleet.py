"""Drivers and vehicles."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, UnitOfWork, refused

from bunmart_shipping import domain, queries, refusals
from bunmart_shipping.clients import Clients
from bunmart_shipping.domain import Driver, DriverDetails, Vehicle, VehicleDetails
from bunmart_shipping.service.lookup import FleetLookup


class Fleet(FleetLookup):
    """All use cases of drivers and vehicles. One that was used stays: it is set inactive, not deleted."""

    def __init__(self, database: Database, clients: Clients) -> None:
        super().__init__(database)
        self.clients = clients

    async def add_driver(self, unit: UnitOfWork, details: DriverDetails) -> Driver:
        """Add a driver.

        Raises:
            AlreadyExistsError: The account has a driver (DRIVER_EXISTS).
            InvalidArgumentError: There is no such account (``user_id``).
        """
        if details.user_id is not None:
            await self.clients.require_user("user_id", details.user_id)
        driver = domain.new_driver(details, datetime.now(UTC))
        with refused(refusals.DRIVER_EXISTS):
            await queries.ADD_DRIVER.add(unit, driver)
        return driver

    async def set_driver(self, unit: UnitOfWork, driver_id: UUID, details: DriverDetails) -> Driver:
        """Replace a driver's data.

        Raises:
            NotFoundError: There is no such driver (DRIVER_NOT_FOUND).
            AlreadyExistsError: The account has another driver (DRIVER_EXISTS).
            InvalidArgumentError: The driver gets an account that does not exist (``user_id``).
        """
        seen = await self.get_driver(driver_id)
        # The account of somebody who left may be gone; he can still be made inactive.
        if details.user_id is not None and details.user_id != seen.user_id:
            await self.clients.require_user("user_id", details.user_id)
        with refused(refusals.DRIVER_EXISTS):
            written = await queries.SET_DRIVER.first(unit, driver_id=driver_id, **details._asdict())
        return require_found(written, "driver", driver_id)

    async def remove_driver(self, unit: UnitOfWork, driver_id: UUID) -> None:
        """Delete a driver who never had a shipment.

        Raises:
            NotFoundError: There is no such driver (DRIVER_NOT_FOUND).
            FailedPreconditionError: The driver had shipments (DRIVER_IN_USE).
        """
        with refused(refusals.DRIVER_IN_USE):
            removed = await queries.REMOVE_DRIVER.first(unit, id=driver_id)
        require_found(removed, "driver", driver_id)

    async def add_vehicle(self, unit: UnitOfWork, details: VehicleDetails) -> Vehicle:
        """Add a vehicle.

        Raises:
            AlreadyExistsError: Another vehicle has the plate (VEHICLE_EXISTS).
        """
        vehicle = domain.new_vehicle(details, datetime.now(UTC))
        with refused(refusals.VEHICLE_EXISTS):
            await queries.ADD_VEHICLE.add(unit, vehicle)
        return vehicle

    async def set_vehicle(self, unit: UnitOfWork, vehicle_id: UUID, details: VehicleDetails) -> Vehicle:
        """Replace a vehicle's data.

        Raises:
            NotFoundError: There is no such vehicle (VEHICLE_NOT_FOUND).
            AlreadyExistsError: Another vehicle has the plate (VEHICLE_EXISTS).
        """
        with refused(refusals.VEHICLE_EXISTS):
            written = await queries.SET_VEHICLE.first(unit, vehicle_id=vehicle_id, **details._asdict())
        return require_found(written, "vehicle", vehicle_id)

    async def remove_vehicle(self, unit: UnitOfWork, vehicle_id: UUID) -> None:
        """Delete a vehicle that never carried a shipment.

        Raises:
            NotFoundError: There is no such vehicle (VEHICLE_NOT_FOUND).
            FailedPreconditionError: It carried shipments (VEHICLE_IN_USE).
        """
        with refused(refusals.VEHICLE_IN_USE):
            removed = await queries.REMOVE_VEHICLE.first(unit, id=vehicle_id)
        require_found(removed, "vehicle", vehicle_id)
