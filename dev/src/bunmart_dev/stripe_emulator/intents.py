"""The PaymentIntent's state machine: https://docs.stripe.com/payments/paymentintents/lifecycle."""

from datetime import UTC, datetime
from typing import Any

from bunmart_dev.stripe_emulator.cards import Card, card_numbered, card_of
from bunmart_dev.stripe_emulator.changes import Changes
from bunmart_dev.stripe_emulator.charges import charge, decline, fail
from bunmart_dev.stripe_emulator.errors import CardError, InvalidRequestError, UnexpectedStateError
from bunmart_dev.stripe_emulator.metadata import merged
from bunmart_dev.stripe_emulator.objects import Charge, IntentStatus, PaymentIntent, new_id, now
from bunmart_dev.stripe_emulator.parameters import (
    CancelIntent,
    CaptureIntent,
    ConfirmIntent,
    CreateIntent,
    IntentParameters,
    PaymentMethodData,
    UpdateIntent,
)

CONFIRMABLE: tuple[IntentStatus, ...] = (
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
)
CANCELABLE: tuple[IntentStatus, ...] = (*CONFIRMABLE, "requires_capture")

_ECHOED = (
    "capture_method",
    "customer",
    "description",
    "payment_method_options",
    "payment_method_types",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_FROZEN_WHEN_DONE = ("amount", "currency", "payment_method", "payment_method_data", "capture_method")


def create(parameters: CreateIntent, changes: Changes, base_url: str = "") -> PaymentIntent:
    """Create an intent, and confirm it at once when asked to."""
    if parameters.automatic_payment_methods and parameters.payment_method_types:
        raise InvalidRequestError(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            param="automatic_payment_methods",
        )
    intent_id = new_id("pi")
    intent = PaymentIntent(
        id=intent_id,
        amount=parameters.amount,
        client_secret=new_id(f"{intent_id}_secret"),
        created=now(),
        currency=parameters.currency.lower(),
        confirmation_method=parameters.confirmation_method,
        payment_method_types=["card"],
    )
    if not parameters.payment_method_types:
        automatic = parameters.automatic_payment_methods
        intent.automatic_payment_methods = {
            "allow_redirects": (automatic and automatic.allow_redirects) or "always",
            "enabled": automatic is None or automatic.enabled,
        }
    _apply(intent, parameters)
    changes.announce("payment_intent.created", intent)
    if parameters.confirm:
        confirmation = ConfirmIntent(
            error_on_requires_action=parameters.error_on_requires_action, return_url=parameters.return_url
        )
        confirm(intent, confirmation, changes, base_url)
    return intent


def update(intent: PaymentIntent, parameters: UpdateIntent, changes: Changes) -> PaymentIntent:
    """Change an intent; what the payment depends on only before it is made."""
    for name in _FROZEN_WHEN_DONE:
        if getattr(parameters, name) is not None and intent.status not in CONFIRMABLE:
            raise UnexpectedStateError(
                f"This PaymentIntent's {name} could not be updated because it has a status of "
                f"{intent.status}. You may only update the {name} of a PaymentIntent with one of the "
                f"following statuses: {', '.join(CONFIRMABLE)}.",
                code="payment_intent_unexpected_state",
                param=name,
                payment_intent=intent,
            )
    if parameters.amount is not None:
        intent.amount = parameters.amount
    if parameters.currency is not None:
        intent.currency = parameters.currency.lower()
    if intent.status == "requires_action" and any(getattr(parameters, name) for name in _FROZEN_WHEN_DONE):
        intent.next_action = None
        intent.status = "requires_confirmation"
    _apply(intent, parameters)
    changes.save(intent)
    return intent


def confirm(
    intent: PaymentIntent, parameters: ConfirmIntent, changes: Changes, base_url: str = ""
) -> PaymentIntent:
    """Try to pay with the payment method given, or with the one the intent has."""
    _require(intent, CONFIRMABLE, "confirm")
    card = _card(parameters.payment_method, parameters.payment_method_data)
    if card is None and intent.payment_method is not None:
        card = card_of(intent.payment_method)
    if card is None:
        raise UnexpectedStateError(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    intent.receipt_email = parameters.receipt_email or intent.receipt_email
    intent.shipping = parameters.shipping or intent.shipping
    intent.payment_method = card.payment_method
    intent.next_action = None
    if card.challenges and not parameters.error_on_requires_action:
        _challenge(intent, parameters.return_url, base_url)
        changes.announce("payment_intent.requires_action", intent)
    else:
        _attempt(intent, card, changes)
    return intent


def authenticate(intent: PaymentIntent, changes: Changes, *, succeeds: bool) -> PaymentIntent:
    """Carry on after the cardholder has passed, or failed, the bank's challenge."""
    _require(intent, ("requires_action",), "authenticate")
    card = card_of(intent.payment_method or "")
    intent.next_action = None
    if succeeds:
        charge(intent, card, changes)
    else:
        error = CardError(
            "We are unable to authenticate your payment method. Please choose a different payment method and "
            "try again.",
            code="payment_intent_authentication_failure",
        )
        fail(intent, card, error, changes)
    return intent


def capture(
    intent: PaymentIntent, authorized: Charge | None, parameters: CaptureIntent, changes: Changes
) -> PaymentIntent:
    """Take the money which a confirmation with ``capture_method=manual`` has reserved."""
    _require(intent, ("requires_capture",), "capture")
    amount = parameters.amount_to_capture or intent.amount_capturable
    if authorized is None or amount > intent.amount_capturable:
        raise InvalidRequestError(
            f"The provided amount_to_capture {amount} is greater than the amount capturable "
            f"{intent.amount_capturable}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    intent.metadata = merged(intent.metadata, parameters.metadata)
    intent.status = "succeeded"
    intent.amount_capturable = 0
    intent.amount_received = authorized.amount_captured = amount
    authorized.captured = True
    changes.announce("charge.captured", authorized)
    changes.announce("payment_intent.succeeded", intent)
    return intent


def cancel(
    intent: PaymentIntent, authorized: Charge | None, parameters: CancelIntent, changes: Changes
) -> PaymentIntent:
    """End an intent that has not been paid; money reserved for it is released."""
    _require(intent, CANCELABLE, "cancel")
    if intent.status == "requires_capture" and authorized is not None:
        authorized.refunded = True
        authorized.amount_refunded = authorized.amount
        changes.announce("charge.refunded", authorized)
    intent.status = "canceled"
    intent.amount_capturable = 0
    intent.next_action = None
    intent.canceled_at = now()
    intent.cancellation_reason = parameters.cancellation_reason
    changes.announce("payment_intent.canceled", intent)
    return intent


def _apply(intent: PaymentIntent, parameters: IntentParameters) -> None:
    for name in _ECHOED:
        value: Any = getattr(parameters, name)
        if value is not None:
            setattr(intent, name, value if value != "" else None)
    if "card" not in intent.payment_method_types:
        raise InvalidRequestError("This emulator knows cards only.", param="payment_method_types")
    intent.metadata = merged(intent.metadata, parameters.metadata)
    card = _card(parameters.payment_method, parameters.payment_method_data)
    if card is not None:
        intent.payment_method = card.payment_method
        intent.status = "requires_confirmation"


def _card(payment_method: str | None, data: PaymentMethodData | None) -> Card | None:
    if data is None:
        return card_of(payment_method) if payment_method is not None else None
    expiry = (data.card.exp_year, data.card.exp_month)
    today = datetime.now(UTC)
    if expiry[0] is not None and (expiry[0], expiry[1] or 1) < (today.year, today.month):
        raise CardError(
            "Your card's expiration date is in the past.", code="invalid_expiry_year", param="exp_year"
        )
    return card_numbered(data.card.number)


def _challenge(intent: PaymentIntent, return_url: str | None, base_url: str) -> None:
    intent.status = "requires_action"
    url = f"{base_url}/_emulator/authenticate/{intent.id}"
    if return_url is None:
        intent.next_action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url},
        }
    else:
        intent.next_action = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        }


def _attempt(intent: PaymentIntent, card: Card, changes: Changes) -> None:
    if card.challenges:
        error = CardError(
            "Your card was declined. This transaction requires authentication.",
            code="authentication_required",
            decline_code="authentication_required",
        )
    elif card.declined:
        error = CardError(card.message, code=card.code, decline_code=card.decline_code)
    else:
        charge(intent, card, changes)
        return
    decline(intent, card, error, changes)


def _require(intent: PaymentIntent, statuses: tuple[IntentStatus, ...], verb: str) -> None:
    if intent.status in statuses:
        return
    if verb == "confirm" and intent.status == "succeeded":
        text = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed."
        )
    else:
        text = (
            f"You cannot {verb} this PaymentIntent because it has a status of {intent.status}. Only a "
            f"PaymentIntent with one of the following statuses may be {_past(verb)}: {', '.join(statuses)}."
        )
    raise UnexpectedStateError(text, code="payment_intent_unexpected_state", payment_intent=intent)


def _past(verb: str) -> str:
    return {"cancel": "canceled", "confirm": "confirmed", "capture": "captured"}.get(verb, f"{verb}d")
