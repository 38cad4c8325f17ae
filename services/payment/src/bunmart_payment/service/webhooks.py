"""Use case of Stripe's webhook: verify, store, apply, all in the unit of the call.

Stripe delivers an event again until it gets a 2xx, and sometimes although it got one
(https://docs.stripe.com/webhooks#handle-duplicate-events). At the second delivery:

- The event's id is stored already, so nothing is applied, and the answer is 200.
- If the first delivery failed, or its process died before the commit, then neither its row nor its effect
  stands, and the second delivery does the work.
- If both arrive at the same time, the second waits at the row of the first until that has committed.
"""

from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import queries
from bunmart_payment.outbox import CheckRefunds
from bunmart_payment.service.base import UseCases, apply
from bunmart_payment.service.disputes import note_dispute
from bunmart_payment.service.refund_records import record_refund
from bunmart_payment.stripe_objects import (
    DISPUTE_EVENTS,
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
    refund_id = found.uuid("refund_id") if event.type in REFUND_EVENTS else None
    if refund_id is not None:
        await record_refund(unit, refund_id, found, source=event.id)
        return
    outcome = INTENT_EVENTS.get(event.type)
    intent_id = found.payment_intent if outcome is None else found.id
    payment = await queries.PAYMENT_OF_INTENT.first(
        unit, intent_id=intent_id, payment_id=found.uuid("payment_id")
    )
    if payment is None or intent_id is None:
        return  # somebody else's intent in the same Stripe account
    if event.type in DISPUTE_EVENTS:
        await note_dispute(unit, payment, found, event_id=event.id)
    elif outcome is None:
        # Somebody may have refunded by hand. A charge carries its sum at the time of the event, which may
        # come late, so a job asks for the refunds that there are now.
        unit.enqueue(CheckRefunds(payment.id, intent_id), dedupe_key=event.id)
    else:
        await apply(unit, payment, report_of(found, outcome), source=event.id, intent_id=intent_id)
