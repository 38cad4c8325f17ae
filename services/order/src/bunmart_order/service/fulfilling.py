"""From the paid order to the door."""

from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError

from bunmart_order import domain, queries
from bunmart_order.domain import OrderStatus
from bunmart_order.service.base import FullOrder, UseCases, locked


class Fulfilling(UseCases):
    """Production, packing, delivery."""

    async def produce(self, order_id: UUID, *, actor: str) -> UUID:
        """Start production of a paid order; returns the production order's id, also when repeated."""
        full = await self.get(order_id)
        if full.order.production_order_id is not None:
            return full.order.production_order_id
        domain.transition(full.order.status, OrderStatus.PRODUCTION)
        production_order_id = await self.clients.create_production_order(order_id, full.lines)
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            await queries.SET_PRODUCTION.run(unit, order_id=order_id, production_order_id=production_order_id)
            if not domain.has_passed(order.status, OrderStatus.PRODUCTION):
                await self.apply(unit, order, OrderStatus.PRODUCTION, actor, "produce")
        return production_order_id

    async def request_shipping(self, order_id: UUID) -> UUID:
        """Ask for delivery of a packed order; returns the shipment's id, also when repeated.

        Raises:
            FailedPreconditionError: It is not packed (ORDER_NOT_PACKED).
            NotFoundError: The customer's account is gone (USER_NOT_FOUND).
        """
        full = await self.get(order_id)
        if full.order.shipment_id is not None:
            return full.order.shipment_id
        if full.order.status is not OrderStatus.PACKED:
            raise FailedPreconditionError(
                f"An order that is {full.order.status} cannot be shipped; pack it first.",
                code="ORDER_NOT_PACKED",
            )
        # A parcel needs somebody who can be told that it is coming.
        await self.clients.contact(full.order.user_id)
        shipment_id = await self.clients.create_shipment(full.order, full.lines)
        async with self.database.transaction() as unit:
            await locked(unit, order_id)
            await queries.SET_SHIPMENT.run(unit, order_id=order_id, shipment_id=shipment_id)
        return shipment_id

    async def set_status(self, order_id: UUID, target: OrderStatus, *, actor: str, reason: str) -> FullOrder:
        """Move an order by hand: packed, completed, cancelled (FAILED_PRECONDITION for the others)."""
        if target not in domain.BY_HAND:
            raise FailedPreconditionError(
                f"{target} is reported by the service that does it; by hand: "
                f"{', '.join(sorted(domain.BY_HAND))}.",
                code="ORDER_STATUS_NOT_BY_HAND",
            )
        await self.move(order_id, target, actor=actor, reason=reason)
        return await self.get(order_id)

    async def report(self, order_id: UUID, target: OrderStatus, *, actor: str, reason: str) -> None:
        """A peer reports a state (prepared, shipping, shipped); what it reported long ago is acknowledged."""
        await self.move(order_id, target, actor=actor, reason=reason, late_is_repeat=True)
