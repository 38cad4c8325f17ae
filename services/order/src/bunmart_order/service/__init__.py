"""Use cases of the order service. REST, gRPC and jobs call these and nothing else.

A use case that changes an order runs in the unit of work of its call: it calls peers before its first
statement, then it locks the order's row (SELECT … FOR UPDATE), looks its step up in the table of an order's
life (``domain/life.py``) and writes it with the jobs of its effects. The use cases of jobs open a transaction
of their own.
"""

from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain
from bunmart_order.domain import OrderStatus, Party
from bunmart_order.service.attention import Attention
from bunmart_order.service.base import FullOrder, require_full_order
from bunmart_order.service.cancellations import Cancellations
from bunmart_order.service.compensations import Compensations
from bunmart_order.service.details import Details
from bunmart_order.service.fulfilment import Fulfilment
from bunmart_order.service.intents import Intents
from bunmart_order.service.lookup import Lookup
from bunmart_order.service.mails import Mails
from bunmart_order.service.payments import PaymentRequest
from bunmart_order.service.reports import Reports


class Orders(Lookup, Intents, Details, Cancellations, Fulfilment, Reports, Compensations, Mails, Attention):
    """All use cases of an order."""

    async def set_status(
        self, unit: UnitOfWork, order_id: UUID, target: OrderStatus, *, actor: str, reason: str
    ) -> FullOrder:
        """Move an order by hand: packed, completed or cancelled.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            target: The state that it gets.
            actor: The admin who asks, for the history.
            reason: For the history.

        Raises:
            FailedPreconditionError: The state is reported by a service (ORDER_STATUS_NOT_BY_HAND), or the
                order cannot get it (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        trigger = domain.require_by_hand(target)
        if target is OrderStatus.CANCELLED:
            return await self.cancel(unit, order_id, Party.ADMIN, actor=actor, reason=reason)
        await self.move(unit, order_id, trigger, Party.ADMIN, actor=actor, reason=reason)
        return await require_full_order(unit, order_id)


__all__ = ["FullOrder", "Orders", "PaymentRequest"]
