"""Use cases that hand a paid order to kitchen and shipping."""

from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import OrderStatus, Party, Trigger
from bunmart_order.service.base import UseCases, lock_order, require_full_order


class Fulfilment(UseCases):
    """Production and delivery of an order."""

    async def produce(self, unit: UnitOfWork, order_id: UUID, *, actor: str) -> UUID:
        """Start production of a paid order; returns the production order's id, also when repeated.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            actor: The user who asks, for the history.

        Raises:
            FailedPreconditionError: It is not paid (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        full = await require_full_order(self.database, order_id)
        if full.order.production_order_id is not None and full.order.status is not OrderStatus.CANCELLED:
            return full.order.production_order_id
        domain.require_rule(full.order.status, Trigger.PRODUCE, Party.ADMIN)
        production_order_id = await self.clients.create_production_order(full.order, full.lines)
        order = await lock_order(unit, order_id)
        if not domain.has_passed(order.status, OrderStatus.PAID):
            rule = domain.require_rule(order.status, Trigger.PRODUCE, Party.ADMIN)
            await queries.SET_PRODUCTION.run(unit, order_id=order_id, production_order_id=production_order_id)
            await self.take(unit, order, rule, actor=actor, reason="produce")
        return production_order_id

    async def request_shipping(self, unit: UnitOfWork, order_id: UUID) -> UUID:
        """Ask for delivery of a packed order; returns the shipment's id, also when repeated.

        A repeat asks shipping again while the order is packed: a request that an admin withdrew there starts
        anew, and any other stays as it is.

        Args:
            unit: The unit of work of the call.
            order_id: The order.

        Raises:
            FailedPreconditionError: It is not packed (ORDER_NOT_PACKED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND), or the customer's account is gone
                (USER_NOT_FOUND).
        """
        full = await require_full_order(self.database, order_id)
        is_gone = full.order.status not in (OrderStatus.PACKED, OrderStatus.CANCELLED)
        if full.order.shipment_id is not None and is_gone:
            return full.order.shipment_id
        domain.require_packed(full.order.status)
        # A parcel needs a customer who can be told that it is coming.
        customer = await self.clients.contact(full.order.user_id)
        shipment_id = await self.clients.create_shipment(full.order, full.lines, customer)
        order = await lock_order(unit, order_id)
        if not domain.has_passed(order.status, OrderStatus.PACKED):
            domain.require_packed(order.status)
        await queries.SET_SHIPMENT.run(unit, order_id=order_id, shipment_id=shipment_id)
        return shipment_id
