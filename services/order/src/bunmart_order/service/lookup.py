"""Read-only use cases of orders."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.storage import Executor

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderEvent, OrderLine, OrderStatus, Refund, Sale
from bunmart_order.service.base import FullOrder, UseCases, require_full_order, require_order


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
        return await read_sale(self.database, order, lines)

    async def get_settled_refund(self, order_id: UUID, refund_id: UUID) -> Refund:
        """Read a refund that has a credit note.

        Raises:
            FailedPreconditionError: The money has not gone back (REFUND_NOT_SUCCEEDED).
            NotFoundError: The order has no such refund (REFUND_NOT_FOUND).
        """
        found = await queries.REFUND.first(self.database, id=refund_id)
        own = found if found is not None and found.order_id == order_id else None
        refund = require_found(own, "refund", refund_id)
        domain.require_settled(refund)
        return refund

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


async def read_sale(executor: Executor, order: Order, lines: list[OrderLine]) -> Sale:
    """Read what belongs to a paid order beside its lines: when it was paid, and what was given back."""
    refunds = await queries.REFUNDS_OF.all(executor, order_id=order.id)
    events = await queries.EVENTS_OF.all(executor, order_id=order.id)
    paid = (event.created_at for event in events if event.to_status == OrderStatus.PAID)
    return Sale(order, lines, refunds, next(paid, order.created_at))
