"""Read-only use cases of shipments, drivers and vehicles."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from bunmart_chassis.errors import PermissionDeniedError, require_found
from bunmart_chassis.identity import Principal, Role
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.storage import Database

from bunmart_shipping import queries
from bunmart_shipping.domain import Actor, Driver, Shipment, ShipmentEvent, ShipmentStatus, Vehicle
from bunmart_shipping.service.base import UseCases, require_shipment


class Lookup(UseCases):
    """Read-only use cases of shipments, and the actor behind a signed-in person."""

    async def find_actor(self, principal: Principal) -> Actor:
        """Find out as which actor a signed-in person comes: an admin, a driver, or a customer."""
        name = f"user:{principal.user_id}"
        if principal.is_admin or not principal.has(Role.DRIVER):
            return Actor(name, principal.is_admin, principal.user_id)
        driver = await queries.DRIVER_OF_USER.first(self.database, user_id=principal.user_id)
        since = datetime.now(UTC) - timedelta(seconds=self.settings.driver_sees_delivered_seconds)
        return Actor(name, False, principal.user_id, driver.id if driver else None, since)

    async def get(self, shipment_id: UUID) -> Shipment:
        """Read a shipment for a service.

        Raises:
            NotFoundError: There is none (SHIPMENT_NOT_FOUND).
        """
        return await require_shipment(self.database, shipment_id)

    async def get_for(self, shipment_id: UUID, actor: Actor) -> Shipment:
        """Read a shipment for a person.

        Raises:
            NotFoundError: There is none (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: The actor may not read it.
        """
        shipment = await self.get(shipment_id)
        actor.require_may_read(shipment)
        return shipment

    async def get_of(self, order_id: UUID, actor: Actor) -> Shipment:
        """Read the shipment of an order for a person.

        Raises:
            NotFoundError: The order has none (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: The actor may not read it.
        """
        found = await queries.SHIPMENT_OF.first(self.database, order_id=order_id)
        shipment = require_found(found, "shipment", f"of order {order_id}")
        actor.require_may_read(shipment)
        return shipment

    async def list_history(self, shipment_id: UUID, actor: Actor) -> list[ShipmentEvent]:
        """Read the history of a shipment for a person, oldest first.

        The texts of the staff are for those who see their notes: they may tell of the customer.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: The actor may not read it.
        """
        shipment = await self.get_for(shipment_id, actor)
        events = await queries.EVENTS_OF.all(self.database, shipment_id=shipment_id)
        if actor.sees_notes(shipment):
            return events
        return [msgspec.structs.replace(event, actor="", reason="") for event in events]

    async def list_page(
        self, actor: Actor, request: PageRequest, *, status: ShipmentStatus | None
    ) -> Page[Shipment]:
        """List shipments (of one status), newest first: all for admins, their own for drivers.

        A driver who asks for PENDING sees all of them, because these wait for a driver.

        Raises:
            PermissionDeniedError: Neither an admin nor an active driver asks.
        """
        if actor.is_admin:
            return await queries.PAGES.page(self.database, request, status=status)
        if actor.driver_id is None:
            raise PermissionDeniedError("No active driver belongs to this account.")
        own = None if status is ShipmentStatus.PENDING else actor.driver_id
        return await queries.PAGES.page(self.database, request, status=status, driver_id=own)


class FleetLookup:
    """Read-only use cases of drivers and vehicles."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def get_driver(self, driver_id: UUID) -> Driver:
        """Read a driver.

        Raises:
            NotFoundError: There is none (DRIVER_NOT_FOUND).
        """
        driver = await queries.DRIVER.first(self.database, id=driver_id)
        return require_found(driver, "driver", driver_id)

    async def get_driver_of(self, user_id: UUID) -> Driver:
        """Read the active driver of an account.

        Raises:
            NotFoundError: The account has none (DRIVER_NOT_FOUND).
        """
        driver = await queries.DRIVER_OF_USER.first(self.database, user_id=user_id)
        return require_found(driver, "driver", f"of account {user_id} who is active")

    async def list_drivers(self, request: PageRequest) -> Page[Driver]:
        """List the drivers, newest first."""
        return await queries.DRIVER_PAGES.page(self.database, request)

    async def get_vehicle(self, vehicle_id: UUID) -> Vehicle:
        """Read a vehicle.

        Raises:
            NotFoundError: There is none (VEHICLE_NOT_FOUND).
        """
        vehicle = await queries.VEHICLE.first(self.database, id=vehicle_id)
        return require_found(vehicle, "vehicle", vehicle_id)

    async def list_vehicles(self, request: PageRequest) -> Page[Vehicle]:
        """List the vehicles, newest first."""
        return await queries.VEHICLE_PAGES.page(self.database, request)
