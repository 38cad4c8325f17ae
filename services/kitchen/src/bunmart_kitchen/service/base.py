"""The shared part of the use cases: reading and locking a production order, finding and linking images."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_kitchen import domain, queries
from bunmart_kitchen.domain import Image, ProductionLine, ProductionOrder
from bunmart_kitchen.settings import Settings


class ImageRef(NamedTuple):
    """A preparation image and its address for a browser."""

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

    async def load_full(self, executor: Executor, order: ProductionOrder) -> FullProductionOrder:
        """Read the lines and images of a production order and add them to it."""
        lines = await queries.LINES_OF.all(executor, ids=[order.id])
        return FullProductionOrder(order, lines, await self.load_images(executor, order.id))

    async def load_images(self, executor: Executor, order_id: UUID) -> list[ImageRef]:
        """Read the images of a production order, oldest first."""
        return self.refer(await queries.IMAGES_OF.all(executor, ids=[order_id]))

    def refer(self, images: Iterable[Image]) -> list[ImageRef]:
        """Give each image its address: its link, or a path of this service."""
        base = f"{self.settings.public_url.rstrip('/')}/api/production-orders"
        return [
            ImageRef(
                image.id,
                image.url or f"{base}/{image.production_order_id}/images/{image.id}",
                image.created_at,
            )
            for image in images
        ]

    async def link_images(self, unit: UnitOfWork, order_id: UUID, urls: Sequence[str]) -> list[ImageRef]:
        """Link images to a locked production order; returns those whose link was not known yet.

        Raises:
            FailedPreconditionError: It would have more images than allowed (TOO_MANY_IMAGES).
        """
        if not urls:
            return []
        known = await self.load_images(unit, order_id)
        fresh = [url for url in dict.fromkeys(urls) if url not in {image.url for image in known}]
        domain.require_image_count(len(known) + len(fresh))
        images = [domain.new_image(order_id, url, datetime.now(UTC)) for url in fresh]
        if images:
            await queries.ADD_LINK.add_all(unit, images)
        return self.refer(images)


async def lock_open_order(unit: UnitOfWork, order_id: UUID) -> ProductionOrder:
    """Read and lock a production order that may be changed, until the transaction ends.

    Raises:
        NotFoundError: There is none (PRODUCTION_ORDER_NOT_FOUND).
        FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED).
    """
    found = await queries.ORDER_FOR_UPDATE.first(unit, id=order_id)
    order = require_found(found, "production order", order_id)
    domain.require_open(order)
    return order
