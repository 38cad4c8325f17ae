"""Use cases that only move an order: by hand, as a peer reports, or by itself after delivery."""

from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain
from bunmart_order.domain import OrderStatus
from bunmart_order.service.base import FullOrder, UseCases, read_full_order


class States(UseCases):
    """Changes of an order's state."""

    async def set_status(
        self, unit: UnitOfWork, order_id: UUID, target: OrderStatus, *, actor: str, reason: str
    ) -> FullOrder:
        """Move an order by hand: packed, completed or cancelled.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            target: The state that it gets.
            actor: The user who asks, for the history.
            reason: For the history.

        Raises:
            FailedPreconditionError: The state is reported by a service (ORDER_STATUS_NOT_BY_HAND), or the
                order cannot get it (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        domain.require_by_hand(target)
        await self.move(unit, order_id, target, actor=actor, reason=reason)
        return await read_full_order(unit, order_id)

    async def report_status(
        self, unit: UnitOfWork, order_id: UUID, target: OrderStatus, *, actor: str, reason: str
    ) -> None:
        """Move an order as a peer reports (prepared, shipping, shipped); a late repeat is acknowledged.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            target: The state that the peer reports.
            actor: The peer, for the history.
            reason: For the history.

        Raises:
            FailedPreconditionError: The order cannot get that state (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        await self.move(unit, order_id, target, actor=actor, reason=reason, late_is_repeat=True)

    async def complete_delivered(self, order_id: UUID) -> None:
        """Complete a delivered order that nobody completed.

        For a job. An order that cannot be completed any more stays as it is.
        """
        try:
            async with self.database.transaction() as unit:
                await self.move(
                    unit,
                    order_id,
                    OrderStatus.COMPLETED,
                    actor="order",
                    reason="no complaint after delivery",
                )
        except FailedPreconditionError:
            return
