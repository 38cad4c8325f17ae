"""The attempts of an intent to move money, and the refunds of those that did."""

from typing import Any

import msgspec

from bunmart_dev.stripe_emulator.cards import Card, card_of
from bunmart_dev.stripe_emulator.changes import Changes
from bunmart_dev.stripe_emulator.errors import CardError, InvalidRequestError, UnexpectedStateError
from bunmart_dev.stripe_emulator.metadata import merged
from bunmart_dev.stripe_emulator.objects import Charge, Dispute, PaymentIntent, Refund, new_id, now
from bunmart_dev.stripe_emulator.parameters import CreateRefund

_EVIDENCE_SECONDS = 7 * 86400
"""The time in which a shop answers a dispute."""


def charge(intent: PaymentIntent, card: Card, changes: Changes) -> None:
    """Charge the card, or only reserve the amount where the capture is manual."""
    captured = intent.capture_method != "manual"
    made = _new_charge(intent, card)
    made.captured = captured
    made.amount_captured = intent.amount if captured else 0
    intent.latest_charge = made.id
    intent.last_payment_error = None
    changes.announce("charge.succeeded", made)
    if card.disputes:
        _dispute(made, changes)
    if captured:
        intent.status = "succeeded"
        intent.amount_received = intent.amount
        changes.announce("payment_intent.succeeded", intent)
    else:
        intent.status = "requires_capture"
        intent.amount_capturable = intent.amount
        changes.announce("payment_intent.amount_capturable_updated", intent)


def decline(intent: PaymentIntent, card: Card, error: CardError, changes: Changes) -> None:
    """Record a charge which the bank refused, and ask for another payment method."""
    made = _new_charge(intent, card, error)
    intent.latest_charge = made.id
    error.fields["charge"] = made.id
    changes.announce("charge.failed", made)
    fail(intent, card, error, changes)
    changes.error = error


def fail(intent: PaymentIntent, card: Card, error: CardError, changes: Changes) -> None:
    """Ask for another payment method after a failure."""
    error.fields["payment_method"] = {
        "id": card.payment_method,
        "object": "payment_method",
        "type": "card",
        "card": card.details,
    }
    intent.status = "requires_payment_method"
    intent.payment_method = None
    intent.last_payment_error = error.body["error"]
    error.fields["payment_intent"] = intent
    changes.announce("payment_intent.payment_failed", intent)


def refund(made: Charge, parameters: CreateRefund, changes: Changes) -> Refund:
    """Give back what is left of a captured charge, or a part of it."""
    left = made.amount_captured - made.amount_refunded
    if made.disputed:
        raise InvalidRequestError(f"Charge {made.id} has been charged back.", code="charge_disputed")
    if made.status != "succeeded" or not made.captured:
        raise UnexpectedStateError(f"Charge {made.id} has not been captured, so it cannot be refunded.")
    if left == 0:
        raise UnexpectedStateError(
            f"Charge {made.id} has already been refunded.", code="charge_already_refunded"
        )
    amount = parameters.amount or left
    if amount > left:
        raise InvalidRequestError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
        )
    given = Refund(
        id=new_id("re"),
        amount=amount,
        charge=made.id,
        created=now(),
        currency=made.currency,
        destination_details={"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        metadata=merged({}, parameters.metadata),
        payment_intent=made.payment_intent,
        reason=parameters.reason,
    )
    way = card_of(made.payment_method).refunds
    given.status = "pending" if way == "pend" else "succeeded"
    made.amount_refunded += amount
    made.refunded = made.amount_refunded == made.amount_captured
    changes.announce("refund.created", given)
    changes.announce("charge.refunded", made)
    answer = msgspec.structs.replace(given)
    if way == "pend":
        given.status = "succeeded"
        changes.announce("refund.updated", given)
    elif way == "fail":
        given.status, given.failure_reason = "failed", "unknown"
        made.amount_refunded -= amount
        made.refunded = False
        changes.save(made)
        changes.announce("refund.failed", given)
    return answer


def _dispute(made: Charge, changes: Changes) -> None:
    made.disputed = True
    changes.save(made)
    disputed = Dispute(
        id=new_id("du"),
        amount=made.amount,
        charge=made.id,
        created=now(),
        currency=made.currency,
        evidence_details={"due_by": now() + _EVIDENCE_SECONDS, "has_evidence": False, "submission_count": 0},
        payment_intent=made.payment_intent,
    )
    changes.announce("charge.dispute.created", disputed)


def _new_charge(intent: PaymentIntent, card: Card, error: CardError | None = None) -> Charge:
    return Charge(
        id=new_id("ch"),
        amount=intent.amount,
        created=now(),
        currency=intent.currency,
        customer=intent.customer,
        description=intent.description,
        failure_code=error.fields.get("code") if error else None,
        failure_message=str(error) if error else None,
        metadata=intent.metadata,
        outcome=_outcome(error),
        paid=error is None,
        payment_intent=intent.id,
        payment_method=card.payment_method,
        payment_method_details={"type": "card", "card": card.details},
        receipt_email=intent.receipt_email,
        shipping=intent.shipping,
        statement_descriptor=intent.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix,
        status="failed" if error else "succeeded",
        transfer_group=intent.transfer_group,
    )


def _outcome(error: CardError | None) -> dict[str, Any]:
    if error is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "network_status": "declined_by_network",
        "reason": error.fields.get("decline_code"),
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
