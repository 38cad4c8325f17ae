"""The use case of an admin who has seen to an order that needed it."""

from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_order import queries
from bunmart_order.service.base import FullOrder, UseCases, lock_order, note_event, require_full_order


class Attention(UseCases):
    """The ``attention`` of an order: what jobs and reports leave to an admin."""

    async def settle_attention(self, unit: UnitOfWork, order_id: UUID, *, actor: str) -> FullOrder:
        """Clear what an admin had to look at; its text stays in the history. A repeat changes nothing.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            actor: The admin, for the history.

        Raises:
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        if order.attention:
            await queries.CLEAR_ATTENTION.run(unit, order_id=order_id)
            await note_event(unit, order, actor=actor, reason=f"seen to: {order.attention}")
        return await require_full_order(unit, order_id)
