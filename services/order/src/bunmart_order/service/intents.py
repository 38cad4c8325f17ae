"""The use case of checkout: products and quantities become an order intent."""

from collections.abc import Iterable
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import OrderStatus
from bunmart_order.outbox import InvalidateCart
from bunmart_order.service.base import FullOrder, UseCases


class Intents(UseCases):
    """Order intents: partial orders that have no prices yet."""

    async def create_order_intent(
        self,
        unit: UnitOfWork,
        user_id: UUID,
        items: Iterable[tuple[UUID, int]],
        cart_id: UUID | None,
        *,
        actor: str,
    ) -> FullOrder:
        """Create an order intent; afterwards a job takes its products out of the cart.

        Args:
            unit: The unit of work of the call.
            user_id: The customer.
            items: Products and pieces; the pieces of a product that comes twice are added up.
            cart_id: The cart that the products came from, if any.
            actor: The user or service that asks, for the history.

        Raises:
            InvalidArgumentError: There are too many pieces of a product (``items``).
            NotFoundError: The user does not exist or is not active (USER_NOT_FOUND).
        """
        pieces = domain.merge_items(items)
        domain.require_quantities(pieces)
        if not await self.clients.is_active_user(user_id):
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")
        order = domain.new_order(user_id, cart_id)
        lines = domain.new_lines(order, pieces)
        await queries.ADD_ORDER.add(unit, order)
        await queries.ADD_LINE.add_all(unit, lines)
        event = domain.new_event(order, None, OrderStatus.PENDING, actor=actor, reason="order intent")
        await queries.ADD_EVENT.add(unit, event)
        if cart_id is not None:
            unit.enqueue(InvalidateCart(cart_id, order.id, list(pieces)), dedupe_key=str(order.id))
        return FullOrder(order, lines)
