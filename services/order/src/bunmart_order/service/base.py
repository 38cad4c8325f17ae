"""The base of the use cases of an order: reading, locking, moving, recording."""

from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.clients import Clients
from bunmart_order.domain import Order, OrderLine, OrderStatus
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

    async def move(
        self,
        unit: UnitOfWork,
        order_id: UUID,
        target: OrderStatus,
        *,
        actor: str,
        reason: str,
        late_is_repeat: bool = False,
    ) -> None:
        """Lock an order and move it; see ``apply``.

        Args:
            unit: The unit of work of the call or job.
            order_id: The order.
            target: The state that it gets.
            actor: The user or service that moves it, for the history.
            reason: For the history.
            late_is_repeat: Acknowledge a state that the order left long ago, and change nothing.

        Raises:
            FailedPreconditionError: The order cannot get that state (ORDER_TRANSITION_NOT_ALLOWED).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
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
        """Move a locked order, record it and enqueue what follows; a repeat changes nothing.

        Raises:
            FailedPreconditionError: The order cannot get that state (ORDER_TRANSITION_NOT_ALLOWED).
        """
        if not domain.require_transition(order.status, target):
            return
        if payment_status is None:
            await queries.SET_STATUS.run(unit, order_id=order.id, status=target)
        else:
            await queries.SET_PAID.run(unit, order_id=order.id, status=target, payment_status=payment_status)
        await queries.ADD_EVENT.add(
            unit, domain.new_event(order, order.status, target, actor=actor, reason=reason)
        )
        if target in domain.ANNOUNCED:
            unit.enqueue(AnnounceStatus(order.id, order.user_id, target), dedupe_key=f"{order.id}:{target}")
        if target is OrderStatus.SHIPPED:
            unit.enqueue(
                CompleteOrder(order.id),
                dedupe_key=str(order.id),
                delay_seconds=self.settings.complete_after_seconds,
            )


async def read_order(executor: Executor, order_id: UUID) -> Order:
    """Read an order without its lines.

    Raises:
        NotFoundError: There is no such order (ORDER_NOT_FOUND).
    """
    return require_found(await queries.ORDER.first(executor, id=order_id), "order", order_id)


async def read_full_order(executor: Executor, order_id: UUID) -> FullOrder:
    """Read an order with its lines.

    Raises:
        NotFoundError: There is no such order (ORDER_NOT_FOUND).
    """
    order = await read_order(executor, order_id)
    return FullOrder(order, await queries.LINES_OF.all(executor, ids=[order_id]))


async def lock_order(unit: UnitOfWork, order_id: UUID) -> Order:
    """Read and lock an order until the transaction ends.

    Raises:
        NotFoundError: There is no such order (ORDER_NOT_FOUND).
    """
    return require_found(await queries.ORDER_FOR_UPDATE.first(unit, id=order_id), "order", order_id)
