"""Reading orders."""

from uuid import UUID

from bunmart_chassis.paging import Page, page_of

from bunmart_order import queries
from bunmart_order.domain import Order, OrderEvent, OrderLine, OrderStatus
from bunmart_order.service.base import FullOrder, UseCases, existing


class Reading(UseCases):
    """Orders as they are."""

    async def status(self, order_id: UUID) -> Order:
        """One order without its lines (NOT_FOUND)."""
        return await existing(self.database, order_id)

    async def history(self, order_id: UUID) -> list[OrderEvent]:
        """What happened to an order, oldest first."""
        return await queries.EVENTS_OF.all(self.database, order_id=order_id)

    async def list_page(
        self, *, user_id: UUID | None, status: OrderStatus | None, size: int, after: UUID | None
    ) -> Page[FullOrder]:
        """Orders of a user, or all (of one status), newest first."""
        shape = "user" if user_id else "status" if status else "all"
        query = queries.PAGES[shape, after is not None]
        orders = await query.all(self.database, user_id=user_id, status=status, after=after, limit=size + 1)
        lines: dict[UUID, list[OrderLine]] = {order.id: [] for order in orders}
        for line in await queries.LINES_OF.all(self.database, ids=list(lines)):
            lines[line.order_id].append(line)
        return page_of(
            [FullOrder(order, lines[order.id]) for order in orders], size, lambda full: full.order.id
        )

    async def delivered_order(self, user_id: UUID, product_id: UUID) -> UUID | None:
        """The latest delivered order of that user with that product."""
        found = await queries.DELIVERED_ORDER.first(self.database, user_id=user_id, product_id=product_id)
        return UUID(str(found)) if found is not None else None
