"""Reading shipments."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError, PermissionDeniedError
from bunmart_chassis.identity import Principal, Role
from bunmart_chassis.paging import Page, page_of

from bunmart_shipping import queries
from bunmart_shipping.domain import Actor, Shipment, ShipmentEvent, ShipmentStatus
from bunmart_shipping.service.base import UseCases


class Reading(UseCases):
    """Shipments as they are, and who asks."""

    async def actor(self, principal: Principal) -> Actor:
        """Who a signed-in person is for shipping: an admin, a driver, or a customer."""
        name = f"user:{principal.user_id}"
        if principal.is_admin or not principal.has(Role.DRIVER):
            return Actor(name, principal.is_admin, principal.user_id)
        driver = await queries.DRIVER_OF_USER.first(self.database, user_id=principal.user_id)
        return Actor(name, False, principal.user_id, driver.id if driver else None)

    async def read(self, shipment_id: UUID, actor: Actor) -> Shipment:
        """One shipment for somebody who may read it."""
        shipment = await self.get(shipment_id)
        actor.require_may_read(shipment)
        return shipment

    async def read_of(self, order_id: UUID, actor: Actor) -> Shipment:
        """The shipment of an order for somebody who may read it (NOT_FOUND)."""
        shipment = await queries.SHIPMENT_OF.first(self.database, order_id=order_id)
        if shipment is None:
            raise NotFoundError(f"Order {order_id} has no shipment.", code="SHIPMENT_NOT_FOUND")
        actor.require_may_read(shipment)
        return shipment

    async def history(self, shipment_id: UUID, actor: Actor) -> list[ShipmentEvent]:
        """What happened to a shipment, oldest first."""
        await self.read(shipment_id, actor)
        return await queries.EVENTS_OF.all(self.database, shipment_id=shipment_id)

    async def list_page(
        self, actor: Actor, *, status: ShipmentStatus | None, size: int, after: UUID | None
    ) -> Page[Shipment]:
        """Shipments (of one status), newest first: all for admins, his own for a driver.

        A driver who asks for PENDING sees all of them, because these wait for a driver.
        """
        if not actor.is_admin and actor.driver_id is None:
            raise PermissionDeniedError("No active driver belongs to this account.")
        own = not actor.is_admin and status is not ShipmentStatus.PENDING
        query = queries.PAGES[own, status is not None, after is not None]
        rows = await query.all(
            self.database, driver_id=actor.driver_id, status=status, after=after, limit=size + 1
        )
        return page_of(rows, size, lambda shipment: shipment.id)
