"""Shipments on their way: the states of a delivery, and the reports that the order service confirmed."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_shipping import domain, queries
from bunmart_shipping.domain import Actor, OrderStatus, Shipment, ShipmentStatus
from bunmart_shipping.service.base import UseCases, lock_shipment, store, tell_customer


class Shipments(UseCases):
    """Moving a shipment."""

    async def set_status(
        self, unit: UnitOfWork, shipment_id: UUID, target: ShipmentStatus, *, actor: Actor, reason: str = ""
    ) -> Shipment:
        """Move a shipment; the present status again is acknowledged and changes nothing.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: Neither an admin nor the shipment's driver.
            FailedPreconditionError: It cannot go from its status to that one
                (SHIPMENT_TRANSITION_NOT_ALLOWED), or it has no driver and vehicle
                (SHIPMENT_DETAILS_MISSING).
        """
        before = await lock_shipment(unit, shipment_id)
        actor.require_may_move(before, target)
        after = domain.move(before, target, datetime.now(UTC))
        if after == before:
            return before
        written = await store(unit, before, after, actor, reason)
        if template := domain.ANNOUNCED.get(target):
            tell_customer(unit, written, template)
        return written

    async def record_confirmed(self, shipment_id: UUID, status: OrderStatus) -> None:
        """Record the state that the order service acknowledged. A job calls this, in a unit of its own."""
        async with self.database.transaction() as unit:
            await queries.SET_CONFIRMED.run(unit, shipment_id=shipment_id, confirmed=status)
