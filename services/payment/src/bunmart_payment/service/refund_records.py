"""Steps that take over what Stripe says about refunds, ours and those that somebody made by hand there.

The rows of ``refunds`` are the record of the money that goes back. The total of a payment is their sum, the
order is told the sum of those that were carried out, and the customer is told of each with its own amount.
"""

import logging
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.money import from_minor, to_wire
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import Outcome, Payment, PaymentStatus, Refund, RefundStatus, RefundStep, Report
from bunmart_payment.outbox import NotifyOrder
from bunmart_payment.service.base import apply, lock_payment, tell_customer
from bunmart_payment.stripe_objects import StripeObject

log = logging.getLogger(__name__)
_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Stripe's refund states that are final; the others are PENDING here."""


_KNOWN_TO_ORDER = (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED)
"""The states of a payment that has paid its order."""


async def record_refund(unit: UnitOfWork, refund_id: UUID, made: StripeObject, *, source: str) -> bool:
    """Take over the status of a refund of ours at Stripe; False when that changes nothing."""
    found = await queries.REFUND.first(unit, id=refund_id)
    if found is None:
        return False
    payment = await lock_payment(unit, found.payment_id)
    refunds = await queries.REFUNDS_OF.all(unit, payment_id=payment.id)
    refund = next((each for each in refunds if each.id == refund_id), None)
    return refund is not None and await _record(unit, payment, refund, made, source)


async def record_refunds(unit: UnitOfWork, payment_id: UUID, found: list[StripeObject]) -> None:
    """Take over all refunds that Stripe has of a payment; those that are not known yet are added.

    Args:
        unit: A transaction after Stripe's answer.
        payment_id: Ours.
        found: Stripe's list, as it is now.
    """
    await lock_payment(unit, payment_id)
    await queries.DROP_UNNAMED_REFUNDS.run(unit, payment_id=payment_id)
    known = await queries.REFUNDS_OF.all(unit, payment_id=payment_id)
    for made in found:
        ours = made.uuid("refund_id")
        refund = next((each for each in known if made.id == each.stripe_refund_id or ours == each.id), None)
        payment = await lock_payment(unit, payment_id)
        if refund is None:
            await _add(unit, payment, made)
        else:
            await _record(unit, payment, refund, made, "asked")


async def _add(unit: UnitOfWork, payment: Payment, made: StripeObject) -> None:
    """Add a refund that somebody made by hand at Stripe."""
    amount = from_minor(made.amount or 0, payment.currency_code)
    if amount <= 0 or _status(made) is RefundStatus.FAILED:
        return
    refund = domain.found_refund(payment, made.id, amount, now=datetime.now(UTC))
    await queries.ADD_REFUND.add(unit, refund)
    await _sum(unit, payment, "refunded_at_stripe", f"{to_wire(amount)} {payment.currency_code} ({made.id})")
    await _record(unit, payment, refund, made, "asked")


async def _record(
    unit: UnitOfWork, payment: Payment, refund: Refund, made: StripeObject, source: str
) -> bool:
    status = _status(made)
    step = domain.decide_refund(refund, status)
    if step is RefundStep.NONE:
        return False
    await queries.SET_REFUND.run(unit, refund_id=refund.id, status=status, stripe_id=made.id or None)
    if step is RefundStep.RELEASE:
        log.error("refund %s of payment %s failed: %s", refund.id, payment.id, made.failure_reason)
        await _sum(unit, payment, "refund_failed", f"{made.failure_reason or 'failed'} ({source})")
        if payment.status in _KNOWN_TO_ORDER:
            _tell_order(unit, payment, key=f"{refund.id}:failed")
    elif step is RefundStep.SETTLE:
        await _settle(unit, payment, refund, made, source)
    return True


async def _settle(
    unit: UnitOfWork, payment: Payment, refund: Refund, made: StripeObject, source: str
) -> None:
    """Tell the order and the customer of money that has gone back; all of it makes the payment REFUNDED."""
    refunds = await queries.REFUNDS_OF.all(unit, payment_id=payment.id)
    whole = domain.is_refunded_whole(payment, refunds)
    if whole and payment.status is not PaymentStatus.REFUNDED:
        await apply(unit, payment, Report(Outcome.REFUNDED), source=source)
    else:
        detail = f"{to_wire(refund.amount)} {payment.currency_code} ({source})"
        entry = domain.new_log(payment.id, "refunded_partly", detail, now=datetime.now(UTC))
        await queries.ADD_LOG.add(unit, entry)
        _tell_order(unit, payment, key=str(refund.id))
    tell_customer(unit, payment, "refunded", _amount(payment, refund, made), key=str(refund.id))


def _tell_order(unit: UnitOfWork, payment: Payment, *, key: str) -> None:
    """Tell the order how the refunds of its payment are now."""
    unit.enqueue(NotifyOrder(payment.order_id, payment.id, PaymentStatus.REFUNDED), dedupe_key=key)


def _amount(payment: Payment, refund: Refund, made: StripeObject) -> Decimal:
    """Read the amount that Stripe gave back, which is not ours where the charge was of a wrong amount."""
    if made.amount is None or (made.currency or "").upper() != payment.currency_code:
        return refund.amount
    return from_minor(made.amount, payment.currency_code)


async def _sum(unit: UnitOfWork, payment: Payment, event: str, detail: str) -> None:
    await queries.SUM_REFUNDS.run(unit, payment_id=payment.id, **queries.log_entry(event, detail))


def _status(made: StripeObject) -> RefundStatus:
    return _STATUSES.get(made.status or "", RefundStatus.PENDING)
