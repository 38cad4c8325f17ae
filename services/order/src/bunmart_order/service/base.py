"""What the use cases of an order share: reading, locking, moving, recording."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.clients import Clients
from bunmart_order.domain import Order, OrderEvent, OrderLine, OrderStatus
from bunmart_order.outbox import AnnounceStatus, CompleteOrder
from bunmart_order.settings import Settings


class FullOrder(NamedTuple):
    """An order with its lines."""

    order: Order
    lines: list[OrderLine]


class UseCases:
    """Base of the use cases: database, peers and settings."""

    def __init__(self, database: Database, clients: Clients, settings: Settings) -> None:
        self.database = database
        self.clients = clients
        self.settings = settings

    async def get(self, order_id: UUID) -> FullOrder:
        """One order with its lines (NOT_FOUND)."""
        order = await existing(self.database, order_id)
        return FullOrder(order, await queries.LINES_OF.all(self.database, ids=[order_id]))

    async def move(
        self,
        order_id: UUID,
        target: OrderStatus,
        *,
        actor: str,
        reason: str,
        late_is_repeat: bool = False,
    ) -> None:
        """Lock an order and move it; a report of a state that it left long ago is acknowledged."""
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            if late_is_repeat and domain.has_passed(order.status, target):
                return
            await self.apply(unit, order, target, actor, reason)

    async def apply(
        self,
        unit: UnitOfWork,
        order: Order,
        target: OrderStatus,
        actor: str,
        reason: str,
        *,
        payment_status: str | None = None,
    ) -> None:
        """Move a locked order, record it and enqueue what follows; a repeat changes nothing."""
        if not domain.transition(order.status, target):
            return
        if payment_status is None:
            await queries.SET_STATUS.run(unit, order_id=order.id, status=target)
        else:
            await queries.SET_PAID.run(unit, order_id=order.id, status=target, payment_status=payment_status)
        await record(unit, order, order.status, target, actor, reason)
        if target in domain.ANNOUNCED:
            unit.enqueue(AnnounceStatus(order.id, order.user_id, target), dedupe_key=f"{order.id}:{target}")
        if target is OrderStatus.SHIPPED:
            unit.enqueue(
                CompleteOrder(order.id),
                dedupe_key=str(order.id),
                delay_seconds=self.settings.complete_after_seconds,
            )


async def existing(executor: Executor, order_id: UUID) -> Order:
    """Read an order (NOT_FOUND)."""
    return _found(await queries.ORDER.first(executor, id=order_id), order_id)


async def locked(unit: UnitOfWork, order_id: UUID) -> Order:
    """Read and lock an order until the transaction ends (NOT_FOUND)."""
    return _found(await queries.ORDER_FOR_UPDATE.first(unit, id=order_id), order_id)


def _found(order: Order | None, order_id: UUID) -> Order:
    if order is None:
        raise NotFoundError(f"No order {order_id}.", code="ORDER_NOT_FOUND")
    return order


async def record(
    unit: UnitOfWork, order: Order, before: OrderStatus | None, after: OrderStatus, actor: str, reason: str
) -> None:
    """Add an entry to the history."""
    event = OrderEvent(new_id(), order.id, before, after, actor, reason, datetime.now(UTC))
    await queries.ADD_EVENT.add(unit, event)
