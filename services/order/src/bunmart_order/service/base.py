"""The base of the use cases of an order: reading, locking, moving, recording."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.outbox import JobPayload
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.clients import Clients
from bunmart_order.domain import Effect, Order, OrderLine, OrderStatus, Rule
from bunmart_order.outbox import (
    AnnounceStatus,
    ClosePayments,
    CompleteOrder,
    RestoreCart,
    SettleCoupons,
    StopProduction,
    StopShipment,
)
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

    async def take(
        self,
        unit: UnitOfWork,
        order: Order,
        rule: Rule,
        *,
        actor: str,
        reason: str,
        payment_status: str | None = None,
    ) -> None:
        """Take a step of the table with a locked order: new state, history, and the jobs of its effects.

        Args:
            unit: The unit of work of the call or job.
            order: The locked order, before the step.
            rule: The row of the table.
            actor: The user or service that moves it, for the history.
            reason: For the history.
            payment_status: The new state of its payment, if that changes too.
        """
        target = rule.target or order.status
        if payment_status is not None:
            await queries.SET_PAID.run(unit, order_id=order.id, status=target, payment_status=payment_status)
        elif target is not order.status:
            await queries.SET_STATUS.run(unit, order_id=order.id, status=target)
        await queries.ADD_EVENT.add(
            unit, domain.new_event(order, order.status, target, actor=actor, reason=reason)
        )
        self.enqueue(unit, order, rule.effects, target, reason)

    def enqueue(
        self, unit: UnitOfWork, order: Order, effects: Iterable[Effect], target: OrderStatus, reason: str
    ) -> None:
        """Write the jobs of a step's effects; a refund is written by its own use case."""
        for effect in effects:
            job = _job(effect, order, target, reason)
            if job is not None:
                delay = self.settings.complete_after_seconds if isinstance(job, CompleteOrder) else 0
                # The end of each payment has jobs of its own, also while those of the one before still run.
                key = f"{order.id}:{target}:{order.failed_payments}"
                unit.enqueue(job, dedupe_key=key, delay_seconds=delay)


def _job(effect: Effect, order: Order, target: OrderStatus, reason: str) -> JobPayload | None:
    """Make the job of an effect; None when there is nothing to do for this order."""
    # Pricing knows by the paid orders, those without coupons too, who orders for the first time. A cancelled
    # order may hold a reservation of coupons that its details no longer name.
    settles = bool(order.coupon_codes) or target is not OrderStatus.PENDING
    jobs: dict[Effect, JobPayload | None] = {
        Effect.TELL_CUSTOMER: AnnounceStatus(order.id, order.user_id, target),
        Effect.CLOSE_PAYMENTS: ClosePayments(order.id),
        Effect.STOP_PRODUCTION: StopProduction(order.id, reason),
        Effect.STOP_SHIPMENT: StopShipment(order.id, reason),
        Effect.SETTLE_COUPONS: SettleCoupons(order.id) if settles else None,
        Effect.RESTORE_CART: RestoreCart(order.id) if order.cart_id else None,
        Effect.COMPLETE_LATER: CompleteOrder(order.id),
        Effect.REFUND: None,
    }
    return jobs[effect]


async def require_order(executor: Executor, order_id: UUID) -> Order:
    """Read an order without its lines.

    Raises:
        NotFoundError: There is no such order (ORDER_NOT_FOUND).
    """
    return require_found(await queries.ORDER.first(executor, id=order_id), "order", order_id)


async def read_lines(executor: Executor, order_id: UUID) -> list[OrderLine]:
    """Read the lines of an order."""
    return await queries.LINES_OF.all(executor, ids=[order_id])


async def require_full_order(executor: Executor, order_id: UUID) -> FullOrder:
    """Read an order with its lines.

    Raises:
        NotFoundError: There is no such order (ORDER_NOT_FOUND).
    """
    order = await require_order(executor, order_id)
    return FullOrder(order, await read_lines(executor, order_id))


async def lock_order(unit: UnitOfWork, order_id: UUID) -> Order:
    """Read and lock an order until the transaction ends.

    Raises:
        NotFoundError: There is no such order (ORDER_NOT_FOUND).
    """
    return require_found(await queries.ORDER_FOR_UPDATE.first(unit, id=order_id), "order", order_id)


async def note_event(unit: UnitOfWork, order: Order, *, actor: str, reason: str) -> None:
    """Add an entry to the history of an order that stays in its state."""
    await queries.ADD_EVENT.add(
        unit, domain.new_event(order, order.status, order.status, actor=actor, reason=reason)
    )
