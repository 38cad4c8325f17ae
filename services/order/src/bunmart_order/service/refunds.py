"""Use cases of refunds: a part of the money goes back, or all that is left."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderStatus, Party, Refund, RefundStatus, Trigger
from bunmart_order.outbox import CarryRefund, SendCreditNote
from bunmart_order.service.base import (
    UseCases,
    lock_order,
    note_event,
    read_lines,
)


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
        if pieces:
            lines = await read_lines(unit, order_id)
            refunds = await queries.REFUNDS_OF.all(unit, order_id=order_id)
            amount = sum(domain.amounts_of_pieces(order, lines, pieces, refunds).values(), Decimal(0))
        amount = left if amount is None else amount
        domain.require_money(order, amount)
        domain.require_charge(amount, order.currency_code)
        trigger = Trigger.REFUND_REST if amount == left else Trigger.REFUND_PART
        rule = domain.require_rule(order.status, trigger, Party.ADMIN)
        await self.take(unit, order, rule, actor=actor, reason=reason)
        return await self.give_back(unit, order, amount, pieces, actor=actor, reason=reason)

    async def give_back(
        self,
        unit: UnitOfWork,
        order: Order,
        amount: Decimal,
        pieces: Mapping[UUID, int],
        *,
        actor: str,
        reason: str,
    ) -> Refund:
        """Record a refund of a locked order; a job asks payment for it."""
        lines = await read_lines(unit, order.id)
        refunds = await queries.REFUNDS_OF.all(unit, order_id=order.id)
        amounts = domain.amounts_of_pieces(order, lines, pieces, refunds)
        taxes = domain.split_tax(order, lines, amount, refunds, amounts)
        described = domain.describe_pieces(pieces, amounts)
        refund = domain.new_refund(order, amount, described, taxes, actor=actor, reason=reason)
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
            await self.change_refund(unit, order, refunds, refund, status, amount)
            text = f"refund {refund.id} of {refund.amount}: {status} {problem}".rstrip()
            await note_event(unit, order, actor="payment", reason=text)
        if status is RefundStatus.SUCCEEDED:
            made = max(order.refunded_total, domain.given_back(order, refunds))
            await self.set_given_back(unit, order, refunds, made, actor="payment", reason="refund")
        else:
            await self._set_refunding(unit, order, domain.refunding(refunds))
        if status is RefundStatus.FAILED and order.payment_status == "SUCCEEDED":
            text = domain.refund_failed(order, refund, problem)
            await queries.ADD_ATTENTION.run(unit, order_id=order.id, text=text)
        elif status in domain.OPEN:
            again = CarryRefund(order.id, refund.id, job.check + 1)
            unit.enqueue(
                again,
                dedupe_key=f"{refund.id}:{again.check}",
                delay_seconds=self.settings.refund_check_seconds,
            )

    async def change_refund(
        self,
        unit: UnitOfWork,
        order: Order,
        refunds: list[Refund],
        refund: Refund,
        status: RefundStatus,
        amount: Decimal,
    ) -> None:
        """Change the status of a refund of a locked order; with another amount its tax is split anew.

        One whose money has gone back gets a credit note, which a job mails.
        """
        refund.status = status
        if amount > 0 and amount != refund.amount:
            lines = await read_lines(unit, order.id)
            others = [each for each in refunds if each is not refund]
            refund.amount, refund.taxes = amount, domain.split_tax(order, lines, amount, others)
        if status is RefundStatus.SUCCEEDED:
            refund.number = refund.number or domain.next_number(order, refunds)
            unit.enqueue(SendCreditNote(order.id, refund.id), dedupe_key=str(refund.id))
        await queries.SET_REFUND.run(
            unit,
            refund_id=refund.id,
            status=status,
            number=refund.number,
            amount=refund.amount,
            taxes=refund.taxes,
        )

    async def set_given_back(
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
            await queries.ADD_ATTENTION.run(unit, order_id=order.id, text=domain.REFUNDED_ON_THE_ROAD)

    async def _set_refunding(self, unit: UnitOfWork, order: Order, amount: Decimal) -> None:
        await queries.SET_REFUNDS.run(
            unit,
            order_id=order.id,
            payment_status=order.payment_status,
            refunded_total=order.refunded_total,
            refunding_total=amount,
        )
