"""Use cases that only move an order: by hand, as a peer reports, or by itself after delivery."""

from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderStatus, Party, Trigger
from bunmart_order.service.base import UseCases, lock_order


class Reports(UseCases):
    """Changes of an order's state that are commanded or reported."""

    async def move(
        self, unit: UnitOfWork, order_id: UUID, trigger: Trigger, party: Party, *, actor: str, reason: str
    ) -> None:
        """Lock an order and take a step of the table; a step that it took before is acknowledged.

        Args:
            unit: The unit of work of the call or job.
            order_id: The order.
            trigger: The command or report.
            party: The kind of person or service that gives it.
            actor: The user or service, for the history.
            reason: For the history.

        Raises:
            FailedPreconditionError: The table does not allow it (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        rule = domain.find_rule(order.status, trigger, party)
        if rule is None:
            if _is_repeat(order, trigger, party):
                return
            rule = domain.require_rule(order.status, trigger, party)
        await self.take(unit, order, rule, actor=actor, reason=reason)

    async def report_prepared(
        self, unit: UnitOfWork, order_id: UUID, production_order_id: UUID, *, actor: str
    ) -> None:
        """Move an order as kitchen reports.

        Raises:
            FailedPreconditionError: It is not in production (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        reason = f"production order {production_order_id}"
        await self.move(unit, order_id, Trigger.PREPARED, Party.KITCHEN, actor=actor, reason=reason)

    async def report_shipping(
        self, unit: UnitOfWork, order_id: UUID, shipment_id: UUID, status: OrderStatus, *, actor: str
    ) -> None:
        """Move an order as its shipment does; an order whose delivery was given up has no shipment.

        One whose money was given back while it was on the road is cancelled when it comes back.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            shipment_id: The shipment.
            status: The state of the order that shipping reports.
            actor: The peer, for the history.

        Raises:
            FailedPreconditionError: The order cannot get that state (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        trigger, reason = domain.REPORTED_BY_SHIPPING[status], f"shipment {shipment_id}"
        if trigger is Trigger.GIVEN_UP and domain.is_given_back(order):
            trigger = Trigger.GIVEN_UP_REFUNDED
        rule = domain.find_rule(order.status, trigger, Party.SHIPPING)
        known = order.status in (status, *domain.targets_of(trigger))
        if rule is None and (known or domain.has_passed(order.status, status)):
            return
        rule = rule or domain.require_rule(order.status, trigger, Party.SHIPPING)
        await self.take(unit, order, rule, actor=actor, reason=reason)
        if trigger is Trigger.GIVEN_UP_REFUNDED:
            await queries.END_ATTENTION.run(unit, order_id=order.id, text=domain.REFUNDED_ON_THE_ROAD)
        shipment = None if status is OrderStatus.PACKED else shipment_id
        if shipment != order.shipment_id:
            await queries.SET_SHIPMENT.run(unit, order_id=order.id, shipment_id=shipment)

    async def complete_delivered(self, order_id: UUID) -> None:
        """Complete a delivered order that nobody completed.

        For a job. An order that cannot be completed any more stays as it is.
        """
        reason = "no complaint after delivery"
        try:
            async with self.database.transaction() as unit:
                await self.move(unit, order_id, Trigger.COMPLETE, Party.CLOCK, actor="order", reason=reason)
        except FailedPreconditionError:
            return


def _is_repeat(order: Order, trigger: Trigger, party: Party) -> bool:
    """Tell if an order took this step before: it is there, or a service's report comes late."""
    targets = domain.targets_of(trigger)
    if order.status in targets:
        return True
    reported = party not in (Party.ADMIN, Party.CUSTOMER)
    return reported and any(domain.has_passed(order.status, target) for target in targets)
