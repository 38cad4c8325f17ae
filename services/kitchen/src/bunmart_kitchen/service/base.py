"""What the use cases of a production order share: reading, locking, finding images."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_kitchen import queries
from bunmart_kitchen.domain import Image, ProductionLine, ProductionOrder
from bunmart_kitchen.settings import Settings


class ImageRef(NamedTuple):
    """A preparation image and where a browser finds it."""

    id: UUID
    url: str
    created_at: datetime


class FullProductionOrder(NamedTuple):
    """A production order with its lines and images."""

    order: ProductionOrder
    lines: list[ProductionLine]
    images: list[ImageRef]


class UseCases:
    """Base of the use cases: database and settings."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings

    async def full(self, executor: Executor, order: ProductionOrder) -> FullProductionOrder:
        """Add lines and images."""
        lines = await queries.LINES_OF.all(executor, ids=[order.id])
        return FullProductionOrder(order, lines, await self.images_of(executor, order.id))

    async def images_of(self, executor: Executor, order_id: UUID) -> list[ImageRef]:
        """The images of a production order, oldest first."""
        return self.refer(await queries.IMAGES_OF.all(executor, ids=[order_id]))

    def refer(self, images: Iterable[Image]) -> list[ImageRef]:
        """Say where images are found: at their link, or at this service."""
        base = f"{self.settings.public_url.rstrip('/')}/api/production-orders"
        return [
            ImageRef(
                image.id,
                image.url or f"{base}/{image.production_order_id}/images/{image.id}",
                image.created_at,
            )
            for image in images
        ]


async def existing(executor: Executor, order_id: UUID) -> ProductionOrder:
    """Read a production order (NOT_FOUND)."""
    return found(await queries.ORDER.first(executor, id=order_id), order_id)


async def locked(unit: UnitOfWork, order_id: UUID) -> ProductionOrder:
    """Read and lock a production order until the transaction ends (NOT_FOUND)."""
    return found(await queries.ORDER_FOR_UPDATE.first(unit, id=order_id), order_id)


async def touched(unit: UnitOfWork, order_id: UUID) -> ProductionOrder:
    """Count a change of a locked production order's images."""
    return found(await queries.TOUCH.first(unit, order_id=order_id), order_id)


def found(order: ProductionOrder | None, order_id: UUID) -> ProductionOrder:
    """Refuse one that does not exist (NOT_FOUND)."""
    if order is None:
        raise NotFoundError(f"No production order {order_id}.", code="PRODUCTION_ORDER_NOT_FOUND")
    return order
