"""Use cases that end an order before its delivery: cancelling, expiry."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bunmart_chassis.errors import BunmartError, FailedPreconditionError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Effect, OrderStatus, Party, Trigger
from bunmart_order.service.base import FullOrder, lock_order, require_full_order, require_order
from bunmart_order.service.payments import Payments

log = logging.getLogger(__name__)
SWEEP_SIZE = 100
"""Number of unpaid orders that one sweep ends."""


class Cancellations(Payments):
    """The end of an order that is not delivered, with all that follows from it."""

    async def cancel(
        self, unit: UnitOfWork, order_id: UUID, party: Party, *, actor: str, reason: str
    ) -> FullOrder:
        """Cancel an order; jobs give back what was paid and reserved, and stop kitchen and shipping.

        Args:
            unit: The unit of work of the call or job.
            order_id: The order.
            party: The customer or an admin.
            actor: The user who asks, for the history.
            reason: For the history, kitchen, shipping and the refund.

        Raises:
            FailedPreconditionError: The order cannot be cancelled any more, or not by this party
                (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        await self._end(unit, order_id, Trigger.CANCEL, party, actor=actor, reason=reason)
        return await require_full_order(unit, order_id)

    async def _end(
        self, unit: UnitOfWork, order_id: UUID, trigger: Trigger, party: Party, *, actor: str, reason: str
    ) -> None:
        order = await lock_order(unit, order_id)
        if order.status is OrderStatus.CANCELLED:
            return
        rule = domain.require_rule(order.status, trigger, party)
        await self.take(unit, order, rule, actor=actor, reason=reason)
        left = domain.money_left(order)
        if Effect.REFUND in rule.effects and left:
            await self.give_back(unit, order, left, {}, actor=actor, reason=reason)

    async def expire(self, order_id: UUID) -> None:
        """Cancel an order that nobody has paid in time; what payment says about an open payment comes first.

        For a job. An order that is not pending any more stays as it is.
        """
        order = await require_order(self.database, order_id)
        if order.status is not OrderStatus.PENDING:
            return
        if order.payment_id is not None and order.payment_status == "PENDING":
            await self.check_payment(order_id, order.payment_id)
        try:
            async with self.database.transaction() as unit:
                await self._end(unit, order_id, Trigger.EXPIRE, Party.CLOCK, actor="order", reason="expired")
        except FailedPreconditionError:
            return

    async def expire_unpaid(self) -> None:
        """Cancel the orders that nobody has paid in time and whose own job is lost. For a schedule.

        One that cannot be ended now does not keep the others from it.
        """
        before = datetime.now(UTC) - timedelta(seconds=self.settings.pending_lifetime_seconds)
        for order_id in await queries.UNPAID_ORDERS.all(self.database, before=before, count=SWEEP_SIZE):
            try:
                await self.expire(order_id)
            except BunmartError as error:
                log.warning("order %s does not expire yet: %s", order_id, error)
