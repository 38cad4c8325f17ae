"""The base of the use cases, and the steps that several of them share."""

import logging
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.money import to_wire
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import Change, Effect, Payment, Refund, Report
from bunmart_payment.outbox import CancelIntent, MakeRefund, NotifyOrder, SendReceipt
from bunmart_payment.settings import Settings
from bunmart_payment.stripe_api import StripeApi

log = logging.getLogger(__name__)
LATE_CHARGE = "charged when nobody waited for it any more"
WRONG_AMOUNT = "charged another amount than was asked for"


class UseCases:
    """Base of the use cases.

    Args:
        database: The service's own.
        stripe: Stripe's API.
        settings: Lifetimes, and the sweep's.
    """

    def __init__(self, database: Database, stripe: StripeApi, settings: Settings) -> None:
        self.database = database
        self.stripe = stripe
        self.settings = settings


async def require_payment(executor: Executor, payment_id: UUID) -> Payment:
    """Read a payment.

    Raises:
        NotFoundError: There is none (PAYMENT_NOT_FOUND).
    """
    return require_found(await queries.PAYMENT.first(executor, id=payment_id), "payment", payment_id)


async def lock_payment(unit: UnitOfWork, payment_id: UUID) -> Payment:
    """Read and lock a payment until the transaction ends.

    Raises:
        NotFoundError: There is none (PAYMENT_NOT_FOUND).
    """
    return require_found(await queries.PAYMENT_FOR_UPDATE.first(unit, id=payment_id), "payment", payment_id)


async def apply(
    unit: UnitOfWork, payment: Payment, report: Report, *, source: str, intent_id: str | None = None
) -> None:
    """Apply a report to a locked payment and enqueue the consequences; a repeat changes nothing.

    Args:
        unit: The transaction that holds the lock.
        payment: Its present state.
        report: The news from Stripe or from the clock.
        source: Its origin, for the log.
        intent_id: Stripe's id of the payment, where it may not be stored yet.
    """
    change = domain.decide(payment, report)
    if change is None:
        return
    detail = f"{report.code} ({source})" if report.code else source
    if change.is_wrong_amount:
        detail = f"charged {report.charge} ({source})"
        asked = f"{to_wire(payment.amount)} {payment.currency_code}"
        log.error(
            "payment %s: asked for %s, Stripe reports %s; it goes back", payment.id, asked, report.charge
        )
    await queries.APPLY.run(
        unit,
        payment_id=payment.id,
        status=change.status,
        failure_code=change.failure_code,
        charged=change.charged,
        intent_id=intent_id,
        **queries.log_entry(report.outcome, detail),
    )
    await _follow(unit, payment, change)


async def _follow(unit: UnitOfWork, payment: Payment, change: Change) -> None:
    if Effect.TELL_ORDER in change.effects:
        unit.enqueue(
            NotifyOrder(payment.order_id, payment.id, change.status),
            dedupe_key=f"{payment.id}:{change.status}",
        )
    if Effect.TELL_CUSTOMER in change.effects:
        tell_customer(unit, payment, change.message, payment.amount, key=f"{payment.id}:{change.status}")
    if Effect.CANCEL_INTENT in change.effects:
        unit.enqueue(CancelIntent(payment.id), dedupe_key=str(payment.id))
    left = payment.amount - payment.refund_total
    if Effect.REFUND in change.effects and left > 0:
        reason = WRONG_AMOUNT if change.is_wrong_amount else LATE_CHARGE
        await reserve_refund(unit, payment, left, reason)


def tell_customer(unit: UnitOfWork, payment: Payment, message: str, amount: Decimal, *, key: str) -> None:
    """Enqueue a message about the payment.

    Args:
        unit: The transaction of the event.
        payment: The subject.
        message: The template is ``payment_`` and this.
        amount: That of the event, in major units.
        key: Names the message, so that the customer gets it once.
    """
    unit.enqueue(
        SendReceipt(
            payment_id=payment.id,
            order_id=payment.order_id,
            user_id=payment.user_id,
            template=f"payment_{message}",
            amount=to_wire(amount),
            currency_code=payment.currency_code,
            key=key,
            order_name=payment.order_name,
        ),
        dedupe_key=key,
    )


async def reserve_refund(
    unit: UnitOfWork, payment: Payment, amount: Decimal, reason: str, *, request_id: UUID | None = None
) -> Refund:
    """Promise a refund of a locked payment; the job ``MakeRefund`` carries it out."""
    refund = domain.new_refund(payment, amount, reason, now=datetime.now(UTC), request_id=request_id)
    await queries.ADD_REFUND.add(unit, refund)
    detail = f"{to_wire(amount)} {payment.currency_code}: {reason}"
    await queries.SUM_REFUNDS.run(
        unit, payment_id=payment.id, **queries.log_entry("refund_requested", detail)
    )
    unit.enqueue(MakeRefund(refund.id), dedupe_key=str(refund.id))
    return refund
