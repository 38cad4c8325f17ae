"""Reading production orders."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.paging import Page, page_of

from bunmart_kitchen import queries
from bunmart_kitchen.domain import Image, Phase, ProductionLine
from bunmart_kitchen.service.base import FullProductionOrder, UseCases, existing


class Reading(UseCases):
    """Production orders as they are."""

    async def get(self, order_id: UUID) -> FullProductionOrder:
        """One production order with lines and images (NOT_FOUND)."""
        return await self.full(self.database, await existing(self.database, order_id))

    async def get_of(self, user_order_id: UUID) -> FullProductionOrder:
        """The production order of an order, without its lines (NOT_FOUND)."""
        order = await queries.ORDER_OF.first(self.database, user_order_id=user_order_id)
        if order is None:
            raise NotFoundError(
                f"Order {user_order_id} is not in production.", code="PRODUCTION_ORDER_NOT_FOUND"
            )
        return FullProductionOrder(order, [], await self.images_of(self.database, order.id))

    async def list_page(
        self, *, phase: Phase | None, size: int, after: UUID | None
    ) -> Page[FullProductionOrder]:
        """Production orders (of one phase), newest first."""
        query = queries.PAGES["phase" if phase else "all", after is not None]
        orders = await query.all(self.database, phase=phase, after=after, limit=size + 1)
        ids = [order.id for order in orders]
        lines: dict[UUID, list[ProductionLine]] = {order_id: [] for order_id in ids}
        images: dict[UUID, list[Image]] = {order_id: [] for order_id in ids}
        for line in await queries.LINES_OF.all(self.database, ids=ids):
            lines[line.production_order_id].append(line)
        for image in await queries.IMAGES_OF.all(self.database, ids=ids):
            images[image.production_order_id].append(image)
        return page_of(
            [FullProductionOrder(order, lines[order.id], self.refer(images[order.id])) for order in orders],
            size,
            lambda full: full.order.id,
        )
