"""Giving money back: on an admin's word, when the order refuses a payment, after a late charge."""

import logging
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.money import to_wire
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import Outcome, Payment, Refund, RefundStatus, Report
from bunmart_payment.service.base import UseCases, apply, locked, reserve_refund, tell_customer
from bunmart_payment.stripe_objects import StripeObject

log = logging.getLogger(__name__)
_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Stripe's refund states that are final; the others are PENDING here."""
_ALREADY_REFUNDED = "charge_already_refunded"


class Refunding(UseCases):
    """Refunds."""

    async def request_refund(self, payment_id: UUID, amount: Decimal | None, reason: str) -> Refund:
        """Promise a refund of all that is left, or of a part; a job carries it out at Stripe.

        Args:
            payment_id: Ours.
            amount: In major units; None for all that is left.
            reason: For the log.

        Raises:
            FailedPreconditionError: So much is not left (PAYMENT_NOT_REFUNDABLE).
        """
        async with self.database.transaction() as unit:
            payment = await locked(unit, payment_id)
            return await reserve_refund(unit, payment, domain.refundable(payment, amount), reason)

    async def refund_refused(self, payment_id: UUID, reason: str) -> None:
        """Give everything back because the order does not take it; a repeat changes nothing."""
        async with self.database.transaction() as unit:
            payment = await locked(unit, payment_id)
            if domain.holds_money(payment):
                await reserve_refund(unit, payment, payment.amount - payment.refund_total, reason)

    async def refunds_of(self, payment_id: UUID) -> list[Refund]:
        """The refunds of a payment, oldest first (NOT_FOUND)."""
        await self.get(payment_id)
        return await queries.REFUNDS_OF.all(self.database, payment_id=payment_id)

    async def make_refund(self, refund_id: UUID) -> None:
        """Carry out a refund at Stripe, or ask how it went, and take that over."""
        refund = await queries.REFUND.first(self.database, id=refund_id)
        if refund is None or refund.status is not RefundStatus.PENDING:
            return
        made = await self._at_stripe(await self.get(refund.payment_id), refund)
        async with self.database.transaction() as unit:
            await record_refund(unit, refund_id, made, source="job")

    async def _at_stripe(self, payment: Payment, refund: Refund) -> StripeObject:
        if refund.stripe_refund_id is not None:
            return await self.stripe.refund(refund.stripe_refund_id)
        try:
            return await self.stripe.create_refund(payment, refund)
        except FailedPreconditionError as refusal:
            code = refusal.metadata.get("stripe_code", "")
            if code == _ALREADY_REFUNDED:
                return StripeObject("", status="succeeded")  # by hand at Stripe: the customer has it
            return StripeObject("", status="failed", failure_reason=code or refusal.message)


async def record_refund(unit: UnitOfWork, refund_id: UUID, made: StripeObject, *, source: str) -> None:
    """Take over how a refund stands at Stripe; the payment is REFUNDED when all of it has gone back."""
    found = await queries.REFUND.first(unit, id=refund_id)
    if found is None:
        return
    payment = await locked(unit, found.payment_id)
    refunds = await queries.REFUNDS_OF.all(unit, payment_id=payment.id)
    refund = next(each for each in refunds if each.id == refund_id)
    status = _STATUSES.get(made.status, RefundStatus.PENDING)
    if refund.status is RefundStatus.FAILED or (status is refund.status and refund.stripe_refund_id):
        return
    if status is RefundStatus.PENDING and refund.status is not RefundStatus.PENDING:
        return
    await queries.SET_REFUND.run(unit, refund_id=refund_id, status=status, stripe_id=made.id or None)
    if status is RefundStatus.FAILED:
        await _release(unit, payment, refund, made, source)
    elif status is RefundStatus.SUCCEEDED and refund.status is RefundStatus.PENDING:
        await _settle(unit, payment, refund, refunds, source)


async def _settle(
    unit: UnitOfWork, payment: Payment, refund: Refund, refunds: list[Refund], source: str
) -> None:
    earlier = [
        each.amount for each in refunds if each.status is RefundStatus.SUCCEEDED and each.id != refund.id
    ]
    if sum(earlier, refund.amount) >= payment.amount:
        await apply(unit, payment, Report(Outcome.REFUNDED), source=source)
        return
    detail = f"{to_wire(refund.amount)} {payment.currency_code} ({source})"
    await queries.ADD_LOG.add(unit, queries.new_log(payment.id, "refunded_partly", detail))
    tell_customer(unit, payment, "refunded", refund.amount, key=str(refund.id))


async def _release(
    unit: UnitOfWork, payment: Payment, refund: Refund, made: StripeObject, source: str
) -> None:
    """A refund that failed gives its share free, so that an admin can make another."""
    log.error("refund %s of payment %s failed: %s", refund.id, payment.id, made.failure_reason)
    await queries.RESERVE_REFUND.run(
        unit,
        payment_id=payment.id,
        amount=-refund.amount,
        **queries.log_entry("refund_failed", f"{made.failure_reason or 'failed'} ({source})"),
    )
