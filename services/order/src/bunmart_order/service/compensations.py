"""Use cases of jobs: the calls to peers that follow from a step, and their answers in the history."""

import contextlib
from uuid import UUID

from bunmart_chassis.errors import NotFoundError

from bunmart_order import domain, queries
from bunmart_order.service.base import (
    FullOrder,
    UseCases,
    lock_order,
    note_event,
    require_full_order,
    require_order,
)


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

    async def stop_shipment(self, order_id: UUID, reason: str) -> None:
        """Let shipping stop; an admin has to see to a shipment that is on the road."""
        answer = await self.clients.stop_shipment(order_id, reason)
        if not answer.status:
            return
        result = "stopped" if answer.stopped else "not stopped"
        attention = "" if answer.stopped else f"The order is cancelled, but its shipment is {answer.status}."
        await self._note(order_id, "shipping", f"shipment {result}: {answer.status}", attention)

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

    async def announce(self, order_id: UUID, user_id: UUID, status: str) -> None:
        """Send the customer the mail of a state, with number, items and total."""
        full = await require_full_order(self.database, order_id)
        await self.clients.notify(user_id, f"order_{status}", order_id, _mail_data(full, status))

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


MAX_ITEMS_TEXT = 1900
"""Characters of the items in a mail; notification takes 2,000 per value."""


def _mail_data(full: FullOrder, status: str) -> dict[str, str]:
    order = full.order
    # An order that was never priced has no names yet; its mail has no items then, rather than ids.
    items = "\n".join(f"{line.quantity} x {line.name}" for line in full.lines if line.name)
    total = "" if order.total is None else f"{order.total:.2f} {order.currency_code}"
    return {
        "order_id": str(order.id),
        "order_number": domain.display_number(order),
        "status": status,
        "items": items if len(items) <= MAX_ITEMS_TEXT else f"{items[:MAX_ITEMS_TEXT]} …",
        "total": total,
    }
