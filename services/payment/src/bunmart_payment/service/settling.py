"""Taking over what Stripe says about a payment: by webhook, on demand, by the sweep."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from bunmart_chassis.money import from_minor
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import queries
from bunmart_payment.domain import EXPIRED, Outcome, Payment, PaymentStatus, Report
from bunmart_payment.outbox import CheckIntent, ExpirePayment, MakeRefund
from bunmart_payment.service.base import UseCases, apply, locked
from bunmart_payment.service.refunding import record_refund
from bunmart_payment.stripe_objects import (
    CHARGE_REFUNDED,
    INTENT_EVENTS,
    REFUND_EVENTS,
    StripeEvent,
    StripeObject,
    report_of,
    to_store,
)

_OPEN = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


class Settling(UseCases):
    """Outcomes."""

    async def receive_event(self, payload: bytes, signature: str | None) -> None:
        """Take a webhook: verify, store once, apply, all in one transaction; a repeat is acknowledged.

        Raises:
            InvalidArgumentError: Not signed by Stripe for us (WEBHOOK_SIGNATURE_INVALID), or no event.
        """
        event = self.stripe.verified_event(payload, signature)
        found = event.known_object()
        async with self.database.transaction() as unit:
            added = await queries.ADD_EVENT.run(
                unit, event_id=event.id, event_type=event.type, event_payload=to_store(event, found)
            )
            if added and found is not None:
                await _apply_event(unit, event, found)

    async def confirm(self, payment_id: UUID) -> Payment:
        """Ask Stripe how a payment stands and take that over (NOT_FOUND, UNAVAILABLE)."""
        payment = await self.get(payment_id)
        if payment.status not in _OPEN or payment.stripe_payment_intent_id is None:
            return payment
        intent = await self.stripe.intent(payment.stripe_payment_intent_id)
        await self._take_over(payment_id, intent, source="asked")
        return await self.get(payment_id)

    async def cancel_at_stripe(self, payment_id: UUID) -> None:
        """Cancel the intent of a payment that failed; if it was paid meanwhile, that is taken over."""
        payment = await self.get(payment_id)
        if payment.stripe_payment_intent_id is None or payment.status is not PaymentStatus.FAILED:
            return
        intent = await self.stripe.cancel_intent(payment.stripe_payment_intent_id, EXPIRED)
        await self._take_over(payment_id, intent, source="cancelled")

    async def _take_over(self, payment_id: UUID, intent: StripeObject, *, source: str) -> None:
        report = report_of(intent)
        if report is None:
            return
        async with self.database.transaction() as unit:
            await apply(unit, await locked(unit, payment_id), report, source=source)

    async def sweep(self) -> None:
        """Have Stripe asked about payments and refunds that nothing was heard of for long."""
        now = datetime.now(UTC)
        before = now - timedelta(seconds=self.settings.sweep_after_seconds)
        async with self.database.transaction() as unit:
            limit = self.settings.sweep_batch
            for payment in await queries.CLAIM_PAYMENTS.all(unit, before=before, limit=limit):
                kind = ExpirePayment if payment.expires_at <= now else CheckIntent
                unit.enqueue(kind(payment.id), dedupe_key=str(payment.id))
            for refund_id in await queries.CLAIM_REFUNDS.all(unit, before=before, limit=limit):
                unit.enqueue(MakeRefund(refund_id), dedupe_key=str(refund_id))


async def _apply_event(unit: UnitOfWork, event: StripeEvent, found: StripeObject) -> None:
    if event.type in REFUND_EVENTS:
        refund_id = found.uuid("refund_id")
        if refund_id is not None:
            await record_refund(unit, refund_id, found, source=event.id)
        return
    intent_id = found.id if event.type in INTENT_EVENTS else found.payment_intent
    payment = await queries.PAYMENT_OF_INTENT.first(
        unit, intent_id=intent_id, payment_id=found.uuid("payment_id")
    )
    if payment is None:
        return  # somebody else's intent in the same Stripe account
    if event.type == CHARGE_REFUNDED:
        await _apply_charge(unit, payment, found, event)
    elif (report := report_of(found, INTENT_EVENTS[event.type])) is not None:
        await apply(unit, payment, report, source=event.id, intent_id=intent_id)


async def _apply_charge(unit: UnitOfWork, payment: Payment, charge: StripeObject, event: StripeEvent) -> None:
    """Take over what was refunded, by us or by hand at Stripe."""
    refunded = min(from_minor(charge.amount_refunded, payment.currency_code), payment.amount)
    if refunded > payment.refund_total:
        await queries.RAISE_REFUND_TOTAL.run(
            unit,
            payment_id=payment.id,
            amount=refunded,
            **queries.log_entry("refunded_at_stripe", f"{refunded} {payment.currency_code} ({event.id})"),
        )
    if charge.refunded:
        await apply(unit, payment, Report(Outcome.REFUNDED), source=event.id)
