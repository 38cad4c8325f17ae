"""Use cases of jobs: the calls to peers that follow from a step, and their answers in the history."""

import contextlib
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import OrderStatus
from bunmart_order.outbox import StopShipment
from bunmart_order.service.base import (
    UseCases,
    lock_order,
    note_event,
    require_full_order,
    require_order,
)

_DELIVERED = "DELIVERED"
"""The status of a shipment that nothing brings back."""


class Compensations(UseCases):
    """The effects of a step at other services. Each may run more than once."""

    async def close_payments(self, order_id: UUID) -> None:
        """Let payment end all that is open for the order."""
        answer = await self.clients.close_payments(order_id)
        if answer.processing:
            await self._note(order_id, "payment", "a payment is in process; what comes goes back")

    async def stop_production(self, order_id: UUID, reason: str) -> None:
        """Let kitchen stop, and record that it had baked already."""
        answer = await self.clients.stop_production(order_id, reason)
        if answer.phase:
            result = "stopped" if answer.stopped else "not stopped"
            await self._note(order_id, "kitchen", f"production {result}: {answer.phase}")

    async def stop_shipment(self, job: StopShipment) -> None:
        """Let shipping stop; an admin has to see to a shipment that is on the road, until it has come back.

        Shipping tells a cancelled order nothing, so order asks again until the parcel is back or delivered.
        An order that is still shipping is stopped while no money is left, no longer: a refund may fail.
        """
        order = await require_order(self.database, job.order_id)
        if not domain.is_to_stop(order):
            return
        still_shipping = order.status is OrderStatus.SHIPPING
        answer = await self.clients.stop_shipment(job.order_id, job.reason, still_shipping=still_shipping)
        if not answer.status:
            return
        async with self.database.transaction() as unit:
            if answer.status != job.seen:
                await _note_shipment(unit, job, answer.status, stopped=answer.stopped)
            if not answer.stopped and answer.status != _DELIVERED:
                again = StopShipment(job.order_id, job.reason, answer.status, job.check + 1)
                unit.enqueue(
                    again,
                    dedupe_key=f"{job.order_id}:check:{again.check}",
                    delay_seconds=self.settings.shipment_check_seconds,
                )

    async def settle_coupons(self, order_id: UUID) -> None:
        """Count the order's coupons or give them back, as its state says.

        The state is read again after the call: jobs of two steps may run in any order, and the last word at
        pricing must be that of the last step.
        """
        told = None
        while (end := domain.coupon_end(await require_order(self.database, order_id))) != told:
            if end is None:
                return
            await self.clients.settle_pricing(order_id, end)
            told = end

    async def restore_cart(self, order_id: UUID) -> None:
        """Give the goods back to the cart, but those that the customer has bought since.

        They leave it first: that job may still be waiting.
        """
        full = await require_full_order(self.database, order_id)
        if full.order.cart_id is not None:
            products = [line.product_id for line in full.lines]
            with contextlib.suppress(NotFoundError):  # a cart that was deleted; the customer gets another one
                await self.clients.invalidate_cart(full.order.cart_id, order_id, products)
            bought = await queries.BOUGHT_SINCE.all(
                self.database, user_id=full.order.user_id, since=full.order.created_at
            )
            if wanted := domain.still_wanted(full.lines, bought):
                await self.clients.restore_cart(full.order, wanted)

    async def _note(self, order_id: UUID, actor: str, reason: str, attention: str = "") -> None:
        """Write an answer into the history, once: a job that is run again gets it again."""
        async with self.database.transaction() as unit:
            order = await lock_order(unit, order_id)
            told = await queries.EVENTS_OF.all(unit, order_id=order_id)
            if any((event.actor, event.reason) == (actor, reason) for event in told):
                return
            await note_event(unit, order, actor=actor, reason=reason)
            if attention:
                await queries.ADD_ATTENTION.run(unit, order_id=order_id, text=attention)


async def _note_shipment(unit: UnitOfWork, job: StopShipment, status: str, *, stopped: bool) -> None:
    order = await lock_order(unit, job.order_id)
    reason = f"shipment {'stopped' if stopped else 'not stopped'}: {status}"
    told = await queries.EVENTS_OF.all(unit, order_id=order.id)
    # A job that is run again gets its answer again, and its attention may have been seen to.
    if reason == next((event.reason for event in reversed(told) if event.actor == "shipping"), None):
        return
    await note_event(unit, order, actor="shipping", reason=reason)
    if job.seen:
        await queries.END_ATTENTION.run(unit, order_id=order.id, text=_on_the_road(job.seen))
    if not stopped and order.status is OrderStatus.CANCELLED:
        await queries.ADD_ATTENTION.run(unit, order_id=order.id, text=_on_the_road(status))


def _on_the_road(status: str) -> str:
    return f"The order is cancelled, but its shipment is {status}."
