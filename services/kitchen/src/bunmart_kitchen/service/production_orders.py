"""Production orders: from the paid order to one that is ready for packing, or to its cancellation."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_kitchen import domain, queries
from bunmart_kitchen.domain import Goods, OrderFacts, Phase, ProductionOrder
from bunmart_kitchen.outbox import AlertCompletion, NotifyOrderPrepared
from bunmart_kitchen.service.base import FullProductionOrder, UseCases, lock_open_order


class ProductionOrders(UseCases):
    """Creating a production order, moving it through its phases, completing or cancelling it."""

    async def create(
        self, unit: UnitOfWork, user_order_id: UUID, lines: Iterable[Goods], facts: OrderFacts
    ) -> ProductionOrder:
        """Create the production order of an order; a repeat returns the existing one and changes nothing.

        A repeat for one that is completed without order knowing it sends the notice again: order may have
        forgotten the first answer, and refused the notice until it was given up.

        Raises:
            AlreadyExistsError: It exists with other lines (PRODUCTION_ORDER_EXISTS).
            FailedPreconditionError: The order was cancelled (ORDER_CANCELLED).
        """
        cancelled = await queries.KNOW_ORDER.one(unit, order_id=user_order_id)
        domain.require_not_cancelled(user_order_id, cancelled=cancelled)
        merged = domain.merge_lines(lines)
        order = domain.new_production_order(user_order_id, facts, datetime.now(UTC))
        if await queries.ADD_ORDER.add(unit, order):
            await queries.ADD_LINE.add_all(unit, domain.new_lines(order.id, merged))
            return order
        found = await queries.ORDER_OF.first(unit, user_order_id=user_order_id)
        known = require_found(found, "production order", f"of order {user_order_id}")
        domain.require_same_lines(known.id, await queries.LINES_OF.all(unit, ids=[known.id]), merged)
        _repeat_notice(unit, known)
        return known

    async def create_by_hand(
        self, unit: UnitOfWork, user_order_id: UUID | None, lines: Iterable[Goods]
    ) -> FullProductionOrder:
        """Create a production order that belongs to no order, or return the one that an order has.

        One without an order moves through the same phases; the order service never hears of it.

        Args:
            unit: Of the call.
            user_order_id: The order; None for goods that nobody ordered, such as samples.
            lines: The products to make.

        Raises:
            FailedPreconditionError: The order service has not asked for the production of that order
                (ORDER_NOT_IN_PRODUCTION).
            AlreadyExistsError: The order's production order has other lines (PRODUCTION_ORDER_EXISTS).
        """
        merged = domain.merge_lines(lines)
        if user_order_id is not None:
            found = await queries.ORDER_OF.first(unit, user_order_id=user_order_id)
            order = domain.require_given_by_order(found, user_order_id)
            full = await self.load_full(unit, order)
            domain.require_same_lines(order.id, full.lines, merged)
            return full
        order = domain.new_production_order(None, OrderFacts(), datetime.now(UTC))
        made = domain.new_lines(order.id, merged)
        await queries.ADD_ORDER.add(unit, order)
        await queries.ADD_LINE.add_all(unit, made)
        return FullProductionOrder(order, made, [])

    async def cancel_of(self, unit: UnitOfWork, user_order_id: UUID, reason: str) -> Phase | None:
        """End the production of an order for good, also one that comes late; a repeat changes nothing.

        Returns:
            The phase of the production order: COMPLETED when it is too late, None when the order has none.
        """
        await queries.CANCEL_ORDER.run(unit, order_id=user_order_id)
        before = await queries.ORDER_OF_FOR_UPDATE.first(unit, user_order_id=user_order_id)
        if before is None:
            return None
        after = domain.cancel(before, reason)
        if after != before:
            await self._store(unit, before, after)
        return after.phase

    async def update_phase(
        self,
        unit: UnitOfWork,
        order_id: UUID,
        phase: Phase,
        percent: int | None,
        *,
        notes: str | None = None,
        image_urls: Sequence[str] = (),
        version: int | None = None,
    ) -> FullProductionOrder:
        """Record how far the kitchen is; reaching COMPLETED notifies the order service.

        COMPLETED once more sends a notice again that the order service has not acknowledged.

        Args:
            unit: Of the call.
            order_id: Of the production order.
            phase: The present one or a later one.
            percent: 0 to 100; None keeps the present progress.
            notes: Replaces the notes; None keeps them.
            image_urls: Added to the known images, each once.
            version: The version on which this was decided; None for any.

        Raises:
            NotFoundError: There is no such production order (PRODUCTION_ORDER_NOT_FOUND).
            AbortedError: It has another version by now (PRODUCTION_ORDER_CHANGED).
            FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED), phase or progress would
                move back (PHASE_BACKWARDS, PROGRESS_BACKWARDS), or it would have more images than allowed
                (TOO_MANY_IMAGES).
        """
        before = await lock_open_order(unit, order_id)
        domain.require_version(before, version)
        after = domain.report(before, phase, percent, notes)
        linked = await self.link_images(unit, order_id, image_urls)
        if linked or after != before:
            after = await self._store(unit, before, after)
        else:
            _repeat_notice(unit, before)
        return await self.load_full(unit, after)

    async def set_notes(
        self, unit: UnitOfWork, order_id: UUID, notes: str, *, version: int | None
    ) -> FullProductionOrder:
        """Replace the notes.

        Raises:
            NotFoundError: There is no such production order (PRODUCTION_ORDER_NOT_FOUND).
            FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED).
            AbortedError: It has another version than the given one (PRODUCTION_ORDER_CHANGED).
        """
        before = await lock_open_order(unit, order_id)
        domain.require_version(before, version)
        after = msgspec.structs.replace(before, notes=notes)
        if after != before:
            after = await self._store(unit, before, after)
        return await self.load_full(unit, after)

    async def notify_prepared(self, unit: UnitOfWork, order_id: UUID, user_order_id: UUID) -> None:
        """Complete a production order unless it is, and deliver the notice unless it was delivered.

        Raises:
            NotFoundError: There is no such production order, or it is that of another order
                (PRODUCTION_ORDER_NOT_FOUND).
            FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED).
        """
        before = await lock_open_order(unit, order_id)
        domain.require_user_order(before, user_order_id)
        after = domain.report(before, Phase.COMPLETED, None, None)
        if after != before:
            await self._store(unit, before, after)
        else:
            _repeat_notice(unit, before)

    async def record_notified(self, order_id: UUID) -> None:
        """Record that the order service acknowledged the notice. A job calls this, in a unit of its own."""
        async with self.database.transaction() as unit:
            await queries.SET_NOTIFIED.run(unit, order_id=order_id)

    async def remove(self, unit: UnitOfWork, order_id: UUID) -> None:
        """Delete a production order that belongs to no order, with its lines and images.

        Raises:
            NotFoundError: There is none (PRODUCTION_ORDER_NOT_FOUND).
            FailedPreconditionError: It is completed (PRODUCTION_ORDER_COMPLETED), cancelled
                (PRODUCTION_ORDER_CANCELLED), or that of an order (PRODUCTION_ORDER_OF_ORDER).
        """
        domain.require_removable(await lock_open_order(unit, order_id))
        await queries.REMOVE_ORDER.run(unit, id=order_id)

    async def _store(
        self, unit: UnitOfWork, before: ProductionOrder, after: ProductionOrder
    ) -> ProductionOrder:
        """Write a locked production order as its next version, and enqueue what its completion causes."""
        written = await queries.SET_STATE.one(
            unit,
            order_id=before.id,
            phase=after.phase,
            progress_percent=after.progress_percent,
            notes=after.notes,
            cancel_reason=after.cancel_reason,
        )
        if after.phase is Phase.COMPLETED and before.phase is not Phase.COMPLETED:
            _enqueue_notice(unit, written)
            self._enqueue_alert(unit, written)
        return written

    def _enqueue_alert(self, unit: UnitOfWork, order: ProductionOrder) -> None:
        user_id = self.settings.alert_user_id
        if user_id is not None:
            unit.enqueue(AlertCompletion(order.id, order.user_order_id, user_id), dedupe_key=str(order.id))


def _enqueue_notice(unit: UnitOfWork, order: ProductionOrder) -> None:
    if order.user_order_id is not None:
        unit.enqueue(NotifyOrderPrepared(order.id, order.user_order_id), dedupe_key=str(order.id))


def _repeat_notice(unit: UnitOfWork, order: ProductionOrder) -> None:
    """Send the notice of a completed production order again, unless it was acknowledged or still waits."""
    if order.phase is Phase.COMPLETED and order.prepared_notified_at is None:
        _enqueue_notice(unit, order)
