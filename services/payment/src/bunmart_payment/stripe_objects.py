"""The objects that Stripe sends, as far as the service reads them, and the reports that they make.

Fields that are not named here are dropped while decoding, card details among them.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from bunmart_payment.domain import CANCELED, EXPIRED, ORDER_CLOSED, SUPERSEDED, Charge, Outcome, Report

INTENT_EVENTS = {
    "payment_intent.succeeded": Outcome.SUCCEEDED,
    "payment_intent.payment_failed": Outcome.DECLINED,
    "payment_intent.canceled": Outcome.CANCELED,
}
CHARGE_REFUNDED = "charge.refunded"
REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed"})
DISPUTE_EVENTS = frozenset({"charge.dispute.created", "charge.dispute.closed"})
_KNOWN_EVENTS = INTENT_EVENTS.keys() | REFUND_EVENTS | DISPUTE_EVENTS | {CHARGE_REFUNDED}
REASONS = {
    EXPIRED: "abandoned",
    SUPERSEDED: "duplicate",
    CANCELED: "abandoned",
    ORDER_CLOSED: "requested_by_customer",
}
"""Our failure codes as Stripe's ``cancellation_reason``."""
Word = Annotated[str, msgspec.Meta(max_length=255)]
"""An id or a name, no longer than Stripe's ever are: the database has an index over some of them."""
_CODES = {"abandoned": EXPIRED, "expired": EXPIRED, "duplicate": SUPERSEDED}


class PaymentError(msgspec.Struct, omit_defaults=True):
    """The reason why a charge was refused (https://docs.stripe.com/declines/codes)."""

    code: str | None = None
    decline_code: str | None = None
    type: str | None = None


class StripeObject(msgspec.Struct, omit_defaults=True):
    """A PaymentIntent, a Charge, a Refund or a Dispute; amounts in minor units.

    Stripe documents many fields as nullable, and an event may be as old as its API version: null is read as
    absent.
    """

    id: Word
    object: str | None = None
    status: str | None = None
    amount: int | None = None
    amount_received: int | None = None
    currency: str | None = None
    client_secret: str | None = None
    metadata: dict[str, str] | None = None
    cancellation_reason: str | None = None
    last_payment_error: PaymentError | None = None
    payment_intent: Word | None = None
    failure_reason: str | None = None
    reason: str | None = None

    def uuid(self, key: str) -> UUID | None:
        """One of our ids from the metadata."""
        try:
            return UUID((self.metadata or {}).get(key, ""))
        except ValueError:
            return None


class EventData(msgspec.Struct):
    """The object at the time of the event."""

    object: msgspec.Raw


class StripeEvent(msgspec.Struct):
    """Something that happened at Stripe (https://docs.stripe.com/api/events/object)."""

    id: Annotated[Word, msgspec.Meta(min_length=1)]
    type: Word
    created: int
    data: EventData

    def known_object(self) -> StripeObject | None:
        """The object of an event that the service acts on; None for other types."""
        if self.type not in _KNOWN_EVENTS:
            return None
        return decode_object(bytes(self.data.object))


class StripeList(msgspec.Struct):
    """One page of objects, newest first (https://docs.stripe.com/api/pagination)."""

    data: list[StripeObject]
    has_more: bool = False


_EVENT = msgspec.json.Decoder(StripeEvent)
_OBJECT = msgspec.json.Decoder(StripeObject)
_LIST = msgspec.json.Decoder(StripeList)
_NUL = b"\\u0000"


def decode_event(payload: bytes) -> StripeEvent:
    """Read a webhook's body (``msgspec.DecodeError`` when it is none, or cannot be stored)."""
    if _NUL in payload:
        raise msgspec.DecodeError("Postgres stores no NUL character")
    return _EVENT.decode(payload)


def decode_object(body: bytes | str) -> StripeObject:
    """Read an object of the API."""
    return _OBJECT.decode(body)


def decode_list(body: bytes | str) -> StripeList:
    """Read a page of objects of the API."""
    return _LIST.decode(body)


def to_store(event: StripeEvent, found: StripeObject | None) -> dict[str, Any]:
    """Make the payload that is kept of an event: no client secret, no card data."""
    kept: dict[str, Any] = {"created": event.created}
    if found is not None:
        kept["object"] = msgspec.to_builtins(msgspec.structs.replace(found, client_secret=None))
    return kept


def report_of(intent: StripeObject, outcome: Outcome | None = None) -> Report:
    """Read from a payment intent the report about its payment.

    Args:
        intent: As Stripe has it.
        outcome: That of the event about it; without one the intent's own status decides.
    """
    match outcome or _outcome(intent):
        case Outcome.DECLINED:
            return Report(Outcome.DECLINED, _decline_code(intent.last_payment_error))
        case Outcome.CANCELED:
            return Report(Outcome.CANCELED, _CODES.get(intent.cancellation_reason or "", CANCELED))
        case Outcome.SUCCEEDED:
            return Report(Outcome.SUCCEEDED, charge=_charge(intent))
        case known:
            return Report(known)


def report_after_cancel(intent: StripeObject, reason: str) -> Report:
    """Read the report from an intent that we asked Stripe to cancel, for a reason of ``domain.CLOSED``.

    One that was paid meanwhile, or that Stripe is processing, is not cancelled and says so.
    """
    if intent.status == "canceled":
        return Report(Outcome.CANCELED, reason)
    return report_of(intent)


def _outcome(intent: StripeObject) -> Outcome:
    match intent.status:
        case "succeeded":
            return Outcome.SUCCEEDED
        case "canceled":
            return Outcome.CANCELED
        case "requires_payment_method" if intent.last_payment_error is not None:
            return Outcome.DECLINED
        case _:
            return Outcome.OPEN


def _charge(intent: StripeObject) -> Charge:
    received = () if intent.amount_received is None else (intent.amount_received,)
    return Charge((intent.amount, *received), (intent.currency or "").upper())


def _decline_code(error: PaymentError | None) -> str:
    if error is None:
        return "declined"
    return error.decline_code or error.code or error.type or "declined"
