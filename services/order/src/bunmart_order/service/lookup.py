"""Read-only use cases of orders."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.paging import Page, PageRequest

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderEvent, OrderLine, OrderStatus, Refund
from bunmart_order.service.base import FullOrder, UseCases, require_full_order, require_order


class Sale(NamedTuple):
    """A paid order with all that its receipt shows."""

    order: Order
    lines: list[OrderLine]
    refunds: list[Refund]
    paid_at: datetime


class Lookup(UseCases):
    """Reads of committed orders. They run outside of any unit of work."""

    async def get(self, order_id: UUID) -> FullOrder:
        """Read one order with its lines.

        Raises:
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        return await require_full_order(self.database, order_id)

    async def get_without_lines(self, order_id: UUID) -> Order:
        """Read one order without its lines.

        Raises:
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        return await require_order(self.database, order_id)

    async def list_history(self, order_id: UUID) -> list[OrderEvent]:
        """List what happened to an order, oldest first."""
        return await queries.EVENTS_OF.all(self.database, order_id=order_id)

    async def get_sale(self, order: Order) -> Sale:
        """Read what a paid order sold, and what was given back.

        Raises:
            FailedPreconditionError: It was never paid (ORDER_NOT_PAID).
        """
        domain.require_paid(order)
        lines = await queries.LINES_OF.all(self.database, ids=[order.id])
        refunds = await queries.REFUNDS_OF.all(self.database, order_id=order.id)
        events = await self.list_history(order.id)
        paid = (event.created_at for event in events if event.to_status == OrderStatus.PAID)
        return Sale(order, lines, refunds, next(paid, order.created_at))

    async def list_page(
        self,
        page: PageRequest,
        *,
        user_id: UUID | None = None,
        status: OrderStatus | None = None,
        attention: bool = False,
    ) -> Page[FullOrder]:
        """List orders of a user, of a state, those that an admin has to look at, or all, newest first.

        Raises:
            InvalidArgumentError: The page token is not one of this list (``page_token``).
        """
        orders = await queries.ORDER_LIST.page(
            self.database, page, user_id=user_id, status=status, attention=attention or None
        )
        lines: dict[UUID, list[OrderLine]] = {order.id: [] for order in orders.items}
        for line in await queries.LINES_OF.all(self.database, ids=list(lines)):
            lines[line.order_id].append(line)
        return orders.map(lambda order: FullOrder(order, lines[order.id]))

    async def find_delivered_order(self, user_id: UUID, product_id: UUID) -> UUID | None:
        """Find the latest order with that product that has reached the user."""
        return await queries.DELIVERED_ORDER.first(self.database, user_id=user_id, product_id=product_id)
