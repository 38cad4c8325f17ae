"""Read-only use cases of production orders and their images."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.paging import Page, PageRequest

from bunmart_kitchen import queries
from bunmart_kitchen.domain import Image, Phase, ProductionLine, ProductionOrder, StoredImage
from bunmart_kitchen.service.base import FullProductionOrder, UseCases


class Lookup(UseCases):
    """Read-only use cases of production orders."""

    async def get(self, order_id: UUID) -> FullProductionOrder:
        """Read a production order with lines and images.

        Raises:
            NotFoundError: There is none (PRODUCTION_ORDER_NOT_FOUND).
        """
        order = await queries.ORDER.first(self.database, id=order_id)
        return await self.load_full(self.database, require_found(order, "production order", order_id))

    async def get_of(self, user_order_id: UUID, *, customer_id: UUID | None) -> FullProductionOrder:
        """Read the production order of an order, without its lines.

        Args:
            user_order_id: The order.
            customer_id: The customer who reads it; None for staff, who read that of all orders.

        Raises:
            NotFoundError: The order is not in production, or is not that customer's
                (PRODUCTION_ORDER_NOT_FOUND).
        """
        found = await queries.ORDER_OF.first(self.database, user_order_id=user_order_id)
        own = found if found is None or customer_id in (None, found.customer_id) else None
        order = require_found(own, "production order", f"of order {user_order_id}")
        return FullProductionOrder(order, [], await self.load_images(self.database, order.id))

    async def is_cancelled(self, user_order_id: UUID) -> bool:
        """Return True when the order service has cancelled the order."""
        return await queries.IS_CANCELLED.one(self.database, order_id=user_order_id)

    async def list_page(self, request: PageRequest, *, phase: Phase | None) -> Page[FullProductionOrder]:
        """List production orders (of one phase), newest first."""
        page = await queries.PAGES.page(self.database, request, phase=phase)
        ids = [order.id for order in page.items]
        lines: dict[UUID, list[ProductionLine]] = {order_id: [] for order_id in ids}
        images: dict[UUID, list[Image]] = {order_id: [] for order_id in ids}
        for line in await queries.LINES_OF.all(self.database, ids=ids):
            lines[line.production_order_id].append(line)
        for image in await queries.IMAGES_OF.all(self.database, ids=ids):
            images[image.production_order_id].append(image)

        def full(order: ProductionOrder) -> FullProductionOrder:
            return FullProductionOrder(order, lines[order.id], self.refer(images[order.id]))

        return page.map(full)

    async def get_image(self, order_id: UUID, image_id: UUID) -> StoredImage:
        """Read the bytes of a stored image.

        Raises:
            NotFoundError: There is none, or it is a link (IMAGE_NOT_FOUND).
        """
        image = await queries.IMAGE_CONTENT.first(self.database, production_order_id=order_id, id=image_id)
        return require_found(image, "image", image_id)
