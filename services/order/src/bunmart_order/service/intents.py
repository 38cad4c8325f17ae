"""The use cases of checkout: products and quantities become an order intent, whose lines may change."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Item, Order, OrderLine, OrderStatus
from bunmart_order.outbox import ExpireOrder, InvalidateCart
from bunmart_order.service.base import (
    FullOrder,
    UseCases,
    lock_order,
    note_event,
    read_lines,
    require_full_order,
)


class Intents(UseCases):
    """Order intents: partial orders that have no prices yet."""

    async def create_order_intent(
        self,
        unit: UnitOfWork,
        user_id: UUID,
        items: Iterable[Item],
        cart_id: UUID | None,
        *,
        note: str,
        actor: str,
    ) -> FullOrder:
        """Create an order intent; afterwards a job takes its products out of the cart.

        Args:
            unit: The unit of work of the call.
            user_id: The customer.
            items: Products, pieces and notes; those of a product that comes twice are put together.
            cart_id: The cart that the products came from, if any.
            note: The customer's note to the whole order.
            actor: The user or service that asks, for the history.

        Raises:
            FailedPreconditionError: A product is unknown, not for sale or has no price
                (PRODUCT_NOT_FOR_SALE), or the products have no currency in common (CURRENCIES_DIFFER).
            InvalidArgumentError: There are too many pieces of a product, or too long notes to it (``items``).
            NotFoundError: The user does not exist or is not active (USER_NOT_FOUND).
        """
        merged = domain.merge_items(items)
        domain.require_lines(merged)
        if not await self.clients.is_active_user(user_id):
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")
        order = domain.new_order(user_id, cart_id, note)
        lines = domain.new_lines(order, merged)
        await self._require_for_sale(order, lines)
        while not await queries.ADD_ORDER.add(unit, order):
            order.number = domain.new_number()
        await queries.ADD_LINE.add_all(unit, lines)
        event = domain.new_event(order, None, OrderStatus.PENDING, actor=actor, reason="order intent")
        await queries.ADD_EVENT.add(unit, event)
        if cart_id is not None:
            unit.enqueue(InvalidateCart(cart_id, order.id, list(merged)), dedupe_key=str(order.id))
        unit.enqueue(
            ExpireOrder(order.id),
            dedupe_key=str(order.id),
            delay_seconds=self.settings.pending_lifetime_seconds,
        )
        return FullOrder(order, lines)

    async def _require_for_sale(self, order: Order, lines: Sequence[OrderLine]) -> None:
        """Check that the products of a new order can be bought."""
        if order.cart_id is None:
            # Pricing asks product about each of them, which nobody has done yet.
            await self.clients.price(order, lines, [])
            return
        # Cart has just asked product; what may be missing is a price.
        products = [line.product_id for line in lines]
        offers = await self.clients.offers(products)
        domain.require_for_sale(products, {offer.product_id for offer in offers})
        if not domain.are_offered(lines, offers):
            await self.clients.price(order, lines, [])

    async def change_line(self, unit: UnitOfWork, order_id: UUID, item: Item, *, actor: str) -> FullOrder:
        """Set pieces and note of a line of a pending order, which needs its details anew.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            item: The product with its new pieces and note.
            actor: The user who asks, for the history.

        Raises:
            FailedPreconditionError: The order is not pending (ORDER_NOT_PENDING).
            NotFoundError: There is no such order (ORDER_NOT_FOUND) or line (ORDER_LINE_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        domain.require_pending(order)
        changed = await queries.CHANGE_LINE.run(
            unit, of=order_id, product=item.product_id, quantity=item.quantity, note=item.note
        )
        if not changed:
            raise _no_line(item.product_id)
        await self._forget_prices(unit, order_id)
        await note_event(unit, order, actor=actor, reason=f"{item.quantity} pieces of {item.product_id}")
        return await require_full_order(unit, order_id)

    async def remove_line(
        self, unit: UnitOfWork, order_id: UUID, product_id: UUID, *, actor: str
    ) -> FullOrder:
        """Take a line out of a pending order, which needs its details anew.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            product_id: The product of the line.
            actor: The user who asks, for the history.

        Raises:
            FailedPreconditionError: The order is not pending (ORDER_NOT_PENDING), or this is its last line
                (ORDER_NEEDS_LINES).
            NotFoundError: There is no such order (ORDER_NOT_FOUND) or line (ORDER_LINE_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        domain.require_pending(order)
        lines = await read_lines(unit, order_id)
        if product_id not in {line.product_id for line in lines}:
            raise _no_line(product_id)
        if len(lines) == 1:
            raise FailedPreconditionError(
                "This is the last line; cancel the order instead.", code="ORDER_NEEDS_LINES"
            )
        await queries.REMOVE_LINE.run(unit, of=order_id, product=product_id)
        await self._forget_prices(unit, order_id)
        await note_event(unit, order, actor=actor, reason=f"without {product_id}")
        return await require_full_order(unit, order_id)

    async def _forget_prices(self, unit: UnitOfWork, order_id: UUID) -> None:
        await queries.FORGET_PRICES.run(unit, order_id=order_id)
        await queries.FORGET_LINE_PRICES.run(unit, of=order_id)


def _no_line(product_id: UUID) -> NotFoundError:
    return NotFoundError(f"No line with product {product_id}.", code="ORDER_LINE_NOT_FOUND")
