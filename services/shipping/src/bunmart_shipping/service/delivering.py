"""On the road: the states of a delivery, and what the order service confirmed of them."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_shipping import domain, queries
from bunmart_shipping.domain import Actor, OrderStatus, Shipment, ShipmentStatus
from bunmart_shipping.service.base import UseCases, locked, store, tell_customer


class Delivering(UseCases):
    """Moving a shipment."""

    async def set_status(
        self, shipment_id: UUID, target: ShipmentStatus, *, actor: Actor, reason: str = ""
    ) -> Shipment:
        """Move a shipment; the present status again is acknowledged and changes nothing.

        Raises:
            PermissionDeniedError: Neither an admin nor the shipment's driver.
            FailedPreconditionError: It cannot go from its status to that one.
        """
        async with self.database.transaction() as unit:
            before = await locked(unit, shipment_id)
            actor.require_may_move(before, target)
            after = domain.move(before, target, datetime.now(UTC))
            if after is before:
                return before
            written = await store(unit, before, after, actor, reason)
            if template := domain.ANNOUNCED.get(target):
                tell_customer(unit, written, template)
            return written

    async def record_confirmed(self, shipment_id: UUID, status: OrderStatus) -> None:
        """Note what the order service acknowledged."""
        await queries.SET_CONFIRMED.run(self.database, shipment_id=shipment_id, confirmed=status)
