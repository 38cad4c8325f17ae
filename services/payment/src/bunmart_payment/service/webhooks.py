"""Use case of Stripe's webhook: verify, store, apply, all in the unit of the call.

Stripe delivers an event again until it gets a 2xx, and sometimes although it got one
(https://docs.stripe.com/webhooks#handle-duplicate-events). At the second delivery:

- The event's id is stored already, so nothing is applied, and the answer is 200.
- If the first delivery failed, or its process died before the commit, then neither its row nor its effect
  stands, and the second delivery does the work.
- If both arrive at the same time, the second waits at the row of the first until that has committed.
"""

from bunmart_chassis.money import from_minor
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import queries
from bunmart_payment.domain import Outcome, Payment, Report
from bunmart_payment.service.base import UseCases, apply
from bunmart_payment.service.refunds import record_refund
from bunmart_payment.stripe_objects import (
    CHARGE_REFUNDED,
    INTENT_EVENTS,
    REFUND_EVENTS,
    StripeEvent,
    StripeObject,
    report_of,
    to_store,
)


class Webhooks(UseCases):
    """Takes the events that Stripe sends."""

    async def receive_event(self, unit: UnitOfWork, payload: bytes, signature: str | None) -> None:
        """Verify an event, store it once, and apply it; a second delivery changes nothing.

        Args:
            unit: That of the call.
            payload: The raw body, which the signature covers.
            signature: The header ``stripe-signature``.

        Raises:
            InvalidArgumentError: It is not signed by Stripe for us (WEBHOOK_SIGNATURE_INVALID), or it is no
                event (WEBHOOK_INVALID).
        """
        event = self.stripe.verified_event(payload, signature)
        found = event.known_object()
        added = await queries.ADD_EVENT.run(
            unit, event_id=event.id, event_type=event.type, event_payload=to_store(event, found)
        )
        if added and found is not None:
            await _apply_event(unit, event, found)


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
    else:
        report = report_of(found, INTENT_EVENTS[event.type])
        await apply(unit, payment, report, source=event.id, intent_id=intent_id)


async def _apply_charge(unit: UnitOfWork, payment: Payment, charge: StripeObject, event: StripeEvent) -> None:
    """Take over the sum that was refunded, by us or by hand at Stripe."""
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
