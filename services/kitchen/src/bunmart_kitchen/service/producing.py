"""From the paid order to one that is ready for packing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import AlreadyExistsError, FailedPreconditionError, NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_kitchen import domain, queries
from bunmart_kitchen.domain import Phase, ProductionLine, ProductionOrder, Progress
from bunmart_kitchen.outbox import AlertCompletion, NotifyOrderPrepared
from bunmart_kitchen.service.base import FullProductionOrder, found, locked, touched
from bunmart_kitchen.service.images import LinkingImages


class Producing(LinkingImages):
    """Creating a production order, moving it through its phases, completing it."""

    async def create(self, user_order_id: UUID, lines: Iterable[tuple[UUID, int]]) -> ProductionOrder:
        """Create the production order of an order; a repeat returns the existing one and changes nothing.

        Raises:
            AlreadyExistsError: It exists with other lines (PRODUCTION_ORDER_EXISTS).
        """
        merged = domain.merge_lines(lines)
        order = _new_order(user_order_id)
        async with self.database.transaction() as unit:
            if not await queries.ADD_ORDER.add(unit, order):
                return await self._repeated(unit, user_order_id, merged)
            await queries.ADD_LINE.add_all(
                unit,
                [
                    ProductionLine(order.id, product_id, position, quantity)
                    for position, (product_id, quantity) in enumerate(merged.items())
                ],
            )
        return order

    async def _repeated(
        self, unit: UnitOfWork, user_order_id: UUID, lines: Mapping[UUID, int]
    ) -> ProductionOrder:
        order = await queries.ORDER_OF.first(unit, user_order_id=user_order_id)
        if order is None:
            raise NotFoundError(
                "The production order was deleted meanwhile.", code="PRODUCTION_ORDER_NOT_FOUND"
            )
        known = await queries.LINES_OF.all(unit, ids=[order.id])
        if {line.product_id: line.quantity for line in known} != dict(lines):
            raise AlreadyExistsError(
                f"Order {user_order_id} has a production order with other lines.",
                code="PRODUCTION_ORDER_EXISTS",
                metadata={"production_order_id": str(order.id)},
            )
        return order

    async def update_phase(
        self,
        order_id: UUID,
        phase: Phase,
        percent: int | None,
        *,
        notes: str | None = None,
        image_urls: Sequence[str] = (),
        version: int | None = None,
    ) -> FullProductionOrder:
        """Record how far the kitchen is; reaching COMPLETED notifies the order service.

        Args:
            order_id: Which.
            phase: The present one or a later one.
            percent: 0 to 100; None keeps the present progress.
            notes: Replaces the notes; None keeps them.
            image_urls: Added to the known images, each once.
            version: On which state this was decided (ABORTED when it changed); None for any.

        Raises:
            FailedPreconditionError: Phase or progress would move back.
        """
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            domain.require_version(order, version)
            progress = domain.advance(Progress(order.phase, order.progress_percent), phase, percent)
            linked = await self.link_images(unit, order_id, image_urls)
            after = await self._store(unit, order, progress, order.notes if notes is None else notes)
            if linked and after is order:
                after = await touched(unit, order_id)
            return await self.full(unit, after)

    async def set_notes(self, order_id: UUID, notes: str, *, version: int | None) -> FullProductionOrder:
        """Replace the notes; ABORTED when ``version`` is given and not the present one."""
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            domain.require_version(order, version)
            progress = Progress(order.phase, order.progress_percent)
            return await self.full(unit, await self._store(unit, order, progress, notes))

    async def notify_prepared(self, order_id: UUID, user_order_id: UUID) -> None:
        """Complete a production order unless it is, and deliver the notice unless it was delivered."""
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            if order.user_order_id != user_order_id:
                raise NotFoundError(
                    f"Production order {order_id} is not that of order {user_order_id}.",
                    code="PRODUCTION_ORDER_NOT_FOUND",
                )
            completed = Progress(Phase.COMPLETED, domain.DONE)
            if await self._store(unit, order, completed, order.notes) is order:
                _enqueue_notice(unit, order)

    async def record_notified(self, order_id: UUID) -> None:
        """Note that the order service knows."""
        await queries.SET_NOTIFIED.run(self.database, order_id=order_id)

    async def remove(self, order_id: UUID) -> None:
        """Delete a production order with its images (FAILED_PRECONDITION when it is completed)."""
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            if order.phase is Phase.COMPLETED:
                raise FailedPreconditionError(
                    "A completed production order cannot be deleted.", code="PRODUCTION_ORDER_COMPLETED"
                )
            await queries.REMOVE_ORDER.run(unit, id=order_id)

    async def _store(
        self, unit: UnitOfWork, order: ProductionOrder, progress: Progress, notes: str
    ) -> ProductionOrder:
        """Write a locked production order and enqueue what follows; a repeat returns the same object."""
        phase, percent = progress
        if (phase, percent, notes) == (order.phase, order.progress_percent, order.notes):
            return order
        after = await queries.SET_STATE.first(
            unit, order_id=order.id, phase=phase, progress_percent=percent, notes=notes
        )
        if phase is Phase.COMPLETED and order.phase is not Phase.COMPLETED:
            _enqueue_notice(unit, order)
            if self.settings.alert_user_id is not None:
                unit.enqueue(
                    AlertCompletion(order.id, order.user_order_id, self.settings.alert_user_id),
                    dedupe_key=str(order.id),
                )
        return found(after, order.id)


def _enqueue_notice(unit: UnitOfWork, order: ProductionOrder) -> None:
    if order.prepared_notified_at is None:
        unit.enqueue(NotifyOrderPrepared(order.id, order.user_order_id), dedupe_key=str(order.id))


def _new_order(user_order_id: UUID) -> ProductionOrder:
    now = datetime.now(UTC)
    return ProductionOrder(
        id=new_id(),
        user_order_id=user_order_id,
        phase=Phase.PREPARING,
        progress_percent=0,
        notes="",
        prepared_notified_at=None,
        created_at=now,
        updated_at=now,
        version=1,
    )
