"""Use cases of refunds: a part of the money goes back, or all that is left."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderStatus, Party, PricedPieces, Refund, RefundStatus, Trigger
from bunmart_order.outbox import CarryRefund, SendCreditNote
from bunmart_order.service.base import (
    UseCases,
    lock_order,
    note_event,
    read_lines,
)

BY_HAND = "given back at Stripe"
"""The reason of a refund that nobody asked this service for."""


class Refunds(UseCases):
    """Money that goes back to the customer."""

    async def list_refunds(self, order_id: UUID) -> list[Refund]:
        """List the refunds of an order, oldest first."""
        return await queries.REFUNDS_OF.all(self.database, order_id=order_id)

    async def refund(
        self,
        unit: UnitOfWork,
        order_id: UUID,
        *,
        amount: Decimal | None,
        pieces: Mapping[UUID, int],
        actor: str,
        reason: str,
    ) -> Refund:
        """Give a part of the money back, or all that is left; that cancels an order still in the bakery.

        Args:
            unit: The unit of work of the call.
            order_id: The order.
            amount: In major units; None for what the pieces cost, or without pieces for all that is left.
            pieces: Pieces by product that the refund is for; none for an amount.
            actor: The admin who asks.
            reason: His text.

        Raises:
            FailedPreconditionError: So much is not left (REFUND_EXCEEDS_PAYMENT).
            InvalidArgumentError: The amount (``amount``) or the pieces (``lines``) cannot be given back.
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        left = domain.money_left(order)
        priced: dict[UUID, PricedPieces] = {}
        if pieces:
            lines = await read_lines(unit, order_id)
            refunds = await queries.REFUNDS_OF.all(unit, order_id=order_id)
            priced = domain.price_pieces(order, lines, pieces, refunds)
            amount = sum((piece.amount for piece in priced.values()), Decimal(0))
        amount = left if amount is None else amount
        domain.require_money(order, amount)
        domain.require_charge(amount, order.currency_code)
        trigger = Trigger.REFUND_REST if amount == left else Trigger.REFUND_PART
        rule = domain.require_rule(order.status, trigger, Party.ADMIN)
        await self.take(unit, order, rule, actor=actor, reason=reason)
        return await self.give_back(unit, order, amount, priced, actor=actor, reason=reason)

    async def give_back(
        self,
        unit: UnitOfWork,
        order: Order,
        amount: Decimal,
        pieces: Mapping[UUID, PricedPieces],
        *,
        actor: str,
        reason: str,
    ) -> Refund:
        """Record a refund of a locked order; a job asks payment for it."""
        lines = await read_lines(unit, order.id)
        refund = domain.new_refund(order, lines, amount, pieces, actor=actor, reason=reason)
        await queries.ADD_REFUND.add(unit, refund)
        await self._set_refunding(unit, order, order.refunding_total + amount)
        unit.enqueue(CarryRefund(order.id, refund.id), dedupe_key=f"{refund.id}:0")
        return refund

    async def carry_refund(self, job: CarryRefund) -> None:
        """Ask payment for a refund, or how far it is, and record the answer. For a job."""
        refund = require_found(
            await queries.REFUND.first(self.database, id=job.refund_id), "refund", job.refund_id
        )
        if refund.status not in domain.OPEN:
            return
        problem, amount = "", refund.amount
        try:
            answer = await self.clients.refund(refund)
            status, amount = RefundStatus(answer.status), Decimal(answer.amount or refund.amount)
        except FailedPreconditionError as error:
            status, problem = RefundStatus.FAILED, error.message
        async with self.database.transaction() as unit:
            await self._record(unit, job, status, amount, problem)

    async def _record(
        self, unit: UnitOfWork, job: CarryRefund, status: RefundStatus, amount: Decimal, problem: str
    ) -> None:
        order = await lock_order(unit, job.order_id)
        refunds = await queries.REFUNDS_OF.all(unit, order_id=order.id)
        refund = next(each for each in refunds if each.id == job.refund_id)
        if refund.status not in domain.OPEN:
            return
        if status is not refund.status or amount != refund.amount:
            if amount not in (refund.amount, 0):
                domain.change_amount(order, await read_lines(unit, order.id), refund, amount)
            refund.status = status
            await self._write_refund(unit, order, refunds, refund)
            text = f"refund {refund.id} of {refund.amount}: {status} {problem}".rstrip()
            await note_event(unit, order, actor="payment", reason=text)
        if status is RefundStatus.SUCCEEDED:
            succeeded = (each.amount for each in refunds if each.status is RefundStatus.SUCCEEDED)
            given_back = max(order.refunded_total, sum(succeeded, Decimal(0)))
            await self._set_given_back(unit, order, refunds, given_back, actor="payment", reason="refund")
        else:
            await self._set_refunding(unit, order, domain.refunding(refunds))
        if status is RefundStatus.FAILED and order.payment_status == "SUCCEEDED":
            attention = (
                f"Refund {refund.id} of {refund.amount} {order.currency_code} failed: {problem or status}"
            )
            await queries.SET_ATTENTION.run(unit, order_id=order.id, attention=attention)
        elif status in domain.OPEN:
            again = CarryRefund(order.id, refund.id, job.check + 1)
            unit.enqueue(
                again,
                dedupe_key=f"{refund.id}:{again.check}",
                delay_seconds=self.settings.refund_check_seconds,
            )

    async def take_over_refunds(
        self, unit: UnitOfWork, order: Order, reported: Decimal | None, *, actor: str, reason: str
    ) -> None:
        """Take over what payment has given back of a locked order's money, by order or at Stripe.

        Args:
            unit: The unit of work of the call.
            order: The locked order.
            reported: What was given back in all; None for all of it.
            actor: The service that reports it.
            reason: For the history.
        """
        whole = order.total or Decimal(0)
        given_back = whole if reported is None else min(reported, whole)
        if given_back <= order.refunded_total:
            return
        refunds = await queries.REFUNDS_OF.all(unit, order_id=order.id)
        newly = given_back - order.refunded_total
        covered = domain.carried_out(refunds, newly)
        by_hand = newly - sum((refund.amount for refund in covered), Decimal(0))
        if by_hand:
            lines = await read_lines(unit, order.id)
            found = domain.new_refund(order, lines, by_hand, {}, actor=actor, reason=BY_HAND)
            await queries.ADD_REFUND.add(unit, found)
            refunds.append(found)
            covered.append(found)
        for refund in covered:
            refund.status = RefundStatus.SUCCEEDED
            await self._write_refund(unit, order, refunds, refund)
        await self._set_given_back(unit, order, refunds, given_back, actor=actor, reason=reason)
        for refund in refunds:
            if refund.status in domain.OPEN:
                unit.enqueue(CarryRefund(order.id, refund.id, 1), dedupe_key=f"{refund.id}:1")

    async def _write_refund(
        self, unit: UnitOfWork, order: Order, refunds: list[Refund], refund: Refund
    ) -> None:
        """Write a refund; one whose money has gone back has a credit note, which a job mails."""
        if refund.status is RefundStatus.SUCCEEDED:
            refund.number = refund.number or domain.next_number(order, refunds)
            unit.enqueue(SendCreditNote(order.id, refund.id), dedupe_key=str(refund.id))
        await queries.SET_REFUND.run(
            unit,
            refund_id=refund.id,
            status=refund.status,
            number=refund.number,
            amount=refund.amount,
            taxes=refund.taxes,
        )

    async def _set_given_back(
        self,
        unit: UnitOfWork,
        order: Order,
        refunds: list[Refund],
        given_back: Decimal,
        *,
        actor: str,
        reason: str,
    ) -> None:
        """Record the sum of the refunds; all of the money ends an order that is still in the bakery."""
        fully = given_back == order.total
        await queries.SET_REFUNDS.run(
            unit,
            order_id=order.id,
            payment_status="REFUNDED" if fully else "SUCCEEDED",
            refunded_total=given_back,
            refunding_total=domain.refunding(refunds),
        )
        if given_back <= order.refunded_total:
            return
        trigger = Trigger.FULLY_REFUNDED if fully else Trigger.PARTLY_REFUNDED
        rule = domain.require_rule(order.status, trigger, Party.PAYMENT)
        text = f"{reason}: {given_back} of {order.total} {order.currency_code} given back"
        await self.take(unit, order, rule, actor=actor, reason=text)
        if fully and order.status is OrderStatus.SHIPPING:
            attention = "The order was refunded in full while it is on the road."
            await queries.SET_ATTENTION.run(unit, order_id=order.id, attention=attention)

    async def _set_refunding(self, unit: UnitOfWork, order: Order, amount: Decimal) -> None:
        await queries.SET_REFUNDS.run(
            unit,
            order_id=order.id,
            payment_status=order.payment_status,
            refunded_total=order.refunded_total,
            refunding_total=amount,
        )
