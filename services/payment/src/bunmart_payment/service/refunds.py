"""Use cases of refunds: on an admin's word, when the order refuses a payment, after a late charge.

A refund is promised in one transaction, together with the job that carries it out at Stripe.
"""

import logging
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.money import to_wire
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import Outcome, Payment, Refund, RefundStatus, RefundStep, Report
from bunmart_payment.service.base import (
    UseCases,
    apply,
    lock_payment,
    require_payment,
    reserve_refund,
    tell_customer,
)
from bunmart_payment.stripe_objects import StripeObject

log = logging.getLogger(__name__)
_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Stripe's refund states that are final; the others are PENDING here."""
_ALREADY_REFUNDED = "charge_already_refunded"


class Refunds(UseCases):
    """Gives money back."""

    async def request_refund(
        self, unit: UnitOfWork, payment_id: UUID, amount: Decimal | None, reason: str
    ) -> Refund:
        """Promise a refund of all that is left, or of a part; a job carries it out at Stripe.

        Args:
            unit: That of the call.
            payment_id: Ours.
            amount: In major units; None for all that is left.
            reason: For the log.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
            FailedPreconditionError: So much is not left (PAYMENT_NOT_REFUNDABLE).
            InvalidArgumentError: The amount is not one of the payment's currency.
        """
        payment = await lock_payment(unit, payment_id)
        return await reserve_refund(unit, payment, domain.require_refundable(payment, amount), reason)

    async def refund_refused_payment(self, payment_id: UUID, reason: str) -> None:
        """Promise to give everything back because the order refuses the payment; a repeat changes nothing.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
        """
        async with self.database.transaction() as unit:
            payment = await lock_payment(unit, payment_id)
            if domain.holds_money(payment):
                await reserve_refund(unit, payment, payment.amount - payment.refund_total, reason)

    async def make_refund(self, refund_id: UUID) -> None:
        """Carry out a refund at Stripe, or read its status there, and take that over.

        Raises:
            UnavailableError: Stripe does not answer.
        """
        refund = await queries.REFUND.first(self.database, id=refund_id)
        if refund is None or refund.status is not RefundStatus.PENDING:
            return
        made = await self._at_stripe(await require_payment(self.database, refund.payment_id), refund)
        async with self.database.transaction() as unit:
            await record_refund(unit, refund_id, made, source="job")

    async def _at_stripe(self, payment: Payment, refund: Refund) -> StripeObject:
        if refund.stripe_refund_id is not None:
            return await self.stripe.get_refund(refund.stripe_refund_id)
        try:
            return await self.stripe.create_refund(payment, refund)
        except FailedPreconditionError as refusal:
            code = refusal.metadata.get("stripe_code", "")
            if code == _ALREADY_REFUNDED:
                return StripeObject("", status="succeeded")  # by hand at Stripe: the customer has it
            return StripeObject("", status="failed", failure_reason=code or refusal.message)


async def record_refund(unit: UnitOfWork, refund_id: UUID, made: StripeObject, *, source: str) -> None:
    """Take over the status of a refund at Stripe; the payment is REFUNDED when all of it has gone back."""
    found = await queries.REFUND.first(unit, id=refund_id)
    if found is None:
        return
    payment = await lock_payment(unit, found.payment_id)
    refunds = await queries.REFUNDS_OF.all(unit, payment_id=payment.id)
    refund = next(each for each in refunds if each.id == refund_id)
    status = _STATUSES.get(made.status, RefundStatus.PENDING)
    step = domain.decide_refund(refund, status)
    if step is RefundStep.NONE:
        return
    await queries.SET_REFUND.run(unit, refund_id=refund_id, status=status, stripe_id=made.id or None)
    if step is RefundStep.RELEASE:
        await _release(unit, payment, refund, made, source)
    elif step is RefundStep.SETTLE:
        await _settle(unit, payment, refund, refunds, source)


async def _settle(
    unit: UnitOfWork, payment: Payment, refund: Refund, refunds: list[Refund], source: str
) -> None:
    if domain.is_refunded_whole(payment, refunds, refund):
        await apply(unit, payment, Report(Outcome.REFUNDED), source=source)
        return
    detail = f"{to_wire(refund.amount)} {payment.currency_code} ({source})"
    log_entry = domain.new_log(payment.id, "refunded_partly", detail, now=datetime.now(UTC))
    await queries.ADD_LOG.add(unit, log_entry)
    tell_customer(unit, payment, "refunded", refund.amount, key=str(refund.id))


async def _release(
    unit: UnitOfWork, payment: Payment, refund: Refund, made: StripeObject, source: str
) -> None:
    """Give the share of a failed refund free, so that an admin can make another."""
    log.error("refund %s of payment %s failed: %s", refund.id, payment.id, made.failure_reason)
    await queries.RESERVE_REFUND.run(
        unit,
        payment_id=payment.id,
        amount=-refund.amount,
        **queries.log_entry("refund_failed", f"{made.failure_reason or 'failed'} ({source})"),
    )
