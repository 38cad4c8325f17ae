"""Use cases of what payment reports of refunds: those that order asked for, and those made at Stripe."""

from collections.abc import Sequence
from decimal import Decimal

from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, Refund, RefundStatus, ReportedRefund
from bunmart_order.outbox import CarryRefund, SendCreditNote
from bunmart_order.service.base import note_event, read_lines
from bunmart_order.service.refunds import Refunds


class RefundReports(Refunds):
    """The picture of the refunds that payment has, taken over into the order's."""

    async def take_over_refunds(
        self,
        unit: UnitOfWork,
        order: Order,
        total: Decimal | None,
        reported: Sequence[ReportedRefund],
        *,
        actor: str,
        reason: str,
    ) -> None:
        """Take over what payment has given back of a locked order's money, by order or at Stripe.

        Args:
            unit: The unit of work of the call.
            order: The locked order.
            total: What was given back in all; None for all of it.
            reported: All refunds of the payment as they are now; an old report of them changes nothing.
            actor: The service that reports it.
            reason: For the history.
        """
        if not reported:
            await self._take_over_sum(unit, order, total, actor=actor, reason=reason)
            return
        refunds = await queries.REFUNDS_OF.all(unit, order_id=order.id)
        for each in reported:
            known = next((refund for refund in refunds if refund.id == each.refund_id), None)
            if known is not None:
                await self._take_over(unit, order, refunds, known, each)
            elif each.status is RefundStatus.SUCCEEDED:
                refunds.append(await self._add(unit, order, refunds, each))
        made = domain.given_back(order, refunds)
        await self.set_given_back(unit, order, refunds, made, actor=actor, reason=reason)

    async def _take_over(
        self, unit: UnitOfWork, order: Order, refunds: list[Refund], refund: Refund, reported: ReportedRefund
    ) -> None:
        if not domain.is_news(refund, reported.status):
            return
        failed = reported.status is RefundStatus.FAILED
        amount = refund.amount if failed else reported.amount
        await self.change_refund(unit, order, refunds, refund, reported.status, amount)
        text = f"refund {refund.id} of {refund.amount}: {refund.status}"
        await note_event(unit, order, actor="payment", reason=text)
        if failed:
            text = domain.refund_failed(order, refund, "")
            await queries.ADD_ATTENTION.run(unit, order_id=order.id, text=text)

    async def _add(
        self, unit: UnitOfWork, order: Order, refunds: list[Refund], reported: ReportedRefund
    ) -> Refund:
        lines = await read_lines(unit, order.id)
        taxes = domain.split_tax(order, lines, reported.amount, refunds)
        number = domain.next_number(order, refunds)
        refund = domain.found_refund(order, reported, number, taxes)
        await queries.ADD_REFUND.add(unit, refund)
        unit.enqueue(SendCreditNote(order.id, refund.id), dedupe_key=str(refund.id))
        return refund

    async def _take_over_sum(
        self, unit: UnitOfWork, order: Order, reported: Decimal | None, *, actor: str, reason: str
    ) -> None:
        """Take over the sum of a payment service of the release before this one, which lists no refunds."""
        whole = order.total or Decimal(0)
        given_back = whole if reported is None else min(reported, whole)
        if given_back <= order.refunded_total:
            return
        refunds = await queries.REFUNDS_OF.all(unit, order_id=order.id)
        for refund in domain.carried_out(refunds, given_back - order.refunded_total):
            await self.change_refund(unit, order, refunds, refund, RefundStatus.SUCCEEDED, refund.amount)
        await self.set_given_back(unit, order, refunds, given_back, actor=actor, reason=reason)
        for refund in refunds:
            if refund.status in domain.OPEN:
                # Under a key of its own: the question of a later hour may be waiting already.
                key = f"{refund.id}:at {given_back}"
                unit.enqueue(CarryRefund(order.id, refund.id, 1), dedupe_key=key)
