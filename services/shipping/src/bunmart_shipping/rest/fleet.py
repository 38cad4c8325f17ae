"""Drivers and vehicles."""

from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import require_line, require_name
from litestar import Controller, delete, get, post, put

from bunmart_shipping.domain import DriverDetails, VehicleDetails
from bunmart_shipping.fleet_schemas import (
    DriverData,
    DriverView,
    VehicleData,
    VehicleView,
    driver_view,
    vehicle_view,
)
from bunmart_shipping.service import Fleet

_ADMIN = [requires(Role.ADMIN)]
_STAFF = [requires(Role.DRIVER)]


class DriverController(Controller):
    """Drivers; admins change them, drivers may read."""

    path = "/api/drivers"
    tags = ("drivers",)

    @post("/", operation_id="CreateDriver", guards=_ADMIN)
    async def create(self, data: DriverData, fleet: Fleet, unit: UnitOfWork) -> DriverView:
        """Add a driver."""
        return driver_view(await fleet.add_driver(unit, _driver(data)))

    @get("/", operation_id="ListDrivers", guards=_STAFF)
    async def list_all(self, fleet: Fleet, page: PageRequest) -> Page[DriverView]:
        """List drivers, newest first."""
        return (await fleet.list_drivers(page)).map(driver_view)

    @get("/me", operation_id="GetOwnDriver", guards=_STAFF)
    async def me(self, principal: Principal, fleet: Fleet) -> DriverView:
        """Read the driver who belongs to the signed-in account."""
        return driver_view(await fleet.get_driver_of(principal.user_id))

    @get("/{driver_id:uuid}", operation_id="GetDriver", guards=_STAFF)
    async def get_one(self, driver_id: UUID, fleet: Fleet) -> DriverView:
        """Read a driver."""
        return driver_view(await fleet.get_driver(driver_id))

    @put("/{driver_id:uuid}", operation_id="UpdateDriver", guards=_ADMIN)
    async def update(self, driver_id: UUID, data: DriverData, fleet: Fleet, unit: UnitOfWork) -> DriverView:
        """Replace a driver's data."""
        return driver_view(await fleet.set_driver(unit, driver_id, _driver(data)))

    @delete("/{driver_id:uuid}", operation_id="DeleteDriver", guards=_ADMIN)
    async def remove(self, driver_id: UUID, fleet: Fleet, unit: UnitOfWork) -> None:
        """Delete a driver who never had a shipment; set others inactive."""
        await fleet.remove_driver(unit, driver_id)


class VehicleController(Controller):
    """Vehicles; admins change them, drivers may read."""

    path = "/api/vehicles"
    tags = ("vehicles",)

    @post("/", operation_id="CreateVehicle", guards=_ADMIN)
    async def create(self, data: VehicleData, fleet: Fleet, unit: UnitOfWork) -> VehicleView:
        """Add a vehicle."""
        return vehicle_view(await fleet.add_vehicle(unit, _vehicle(data)))

    @get("/", operation_id="ListVehicles", guards=_STAFF)
    async def list_all(self, fleet: Fleet, page: PageRequest) -> Page[VehicleView]:
        """List vehicles, newest first."""
        return (await fleet.list_vehicles(page)).map(vehicle_view)

    @get("/{vehicle_id:uuid}", operation_id="GetVehicle", guards=_STAFF)
    async def get_one(self, vehicle_id: UUID, fleet: Fleet) -> VehicleView:
        """Read a vehicle."""
        return vehicle_view(await fleet.get_vehicle(vehicle_id))

    @put("/{vehicle_id:uuid}", operation_id="UpdateVehicle", guards=_ADMIN)
    async def update(
        self, vehicle_id: UUID, data: VehicleData, fleet: Fleet, unit: UnitOfWork
    ) -> VehicleView:
        """Replace a vehicle's data."""
        return vehicle_view(await fleet.set_vehicle(unit, vehicle_id, _vehicle(data)))

    @delete("/{vehicle_id:uuid}", operation_id="DeleteVehicle", guards=_ADMIN)
    async def remove(self, vehicle_id: UUID, fleet: Fleet, unit: UnitOfWork) -> None:
        """Delete a vehicle that never carried a shipment; set others inactive."""
        await fleet.remove_vehicle(unit, vehicle_id)


def _driver(data: DriverData) -> DriverDetails:
    name = require_name("name", data.name)
    return DriverDetails(data.user_id, name, data.phone, data.active)


def _vehicle(data: VehicleData) -> VehicleDetails:
    # One plate, one vehicle, however it is typed.
    plate = " ".join(require_line("plate", data.plate).upper().split())
    return VehicleDetails(plate, data.kind, data.active)
