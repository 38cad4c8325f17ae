"""Step that tells an admin of a charge that its customer disputes at the bank.

Nothing is decided here: the shop answers at Stripe (https://docs.stripe.com/disputes/responding). While a
dispute is open Stripe refuses refunds of its charge, and takes the money if the shop loses.
"""

from datetime import UTC, datetime

from bunmart_chassis.money import from_minor, to_wire
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import Payment, PaymentStatus
from bunmart_payment.outbox import NotifyOrder
from bunmart_payment.stripe_objects import StripeObject

_MOST = 500
"""Characters of an attention that order takes."""


async def note_dispute(unit: UnitOfWork, payment: Payment, dispute: StripeObject, *, event_id: str) -> None:
    """Log a dispute of a locked payment, or its end, and show it at the order."""
    currency = (dispute.currency or payment.currency_code).upper()
    amount = f"{to_wire(from_minor(dispute.amount or 0, currency))} {currency}"
    status, reason = (dispute.status or "open").replace("_", " "), dispute.reason or "no reason given"
    text = f"Dispute {dispute.id} of {amount} at the bank ({reason}): {status}."[:_MOST]
    entry = domain.new_log(payment.id, "disputed", f"{text} ({event_id})", now=datetime.now(UTC))
    await queries.ADD_LOG.add(unit, entry)
    # A charge that is disputed has been made, also when the news of that is still to come.
    notice = NotifyOrder(payment.order_id, payment.id, PaymentStatus.SUCCEEDED, attention=text)
    unit.enqueue(notice, dedupe_key=event_id)
