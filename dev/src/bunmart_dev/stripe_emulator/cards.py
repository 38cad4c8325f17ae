"""Stripe's test cards and what each one does: https://docs.stripe.com/testing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from bunmart_dev.stripe_emulator.errors import CardError, InvalidRequestError


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: its payment method, its number and its outcome."""

    payment_method: str
    """The magic id, for example ``pm_card_visa``; it stays the id, Stripe would mint a new one."""

    number: str
    brand: str = "visa"

    code: str = ""
    """The error code when the card is declined; empty when it is not."""

    decline_code: str = ""
    message: str = "Your card was declined."

    challenges: bool = False
    """True when the cardholder has to authenticate (3D Secure)."""

    refunds: Literal["succeed", "fail", "pend"] = "succeed"
    """The way of a refund to this card: "fail" is carried out before, "pend" is carried out later."""

    disputes: bool = False
    """True when the cardholder disputes the charge at the bank, as soon as it is made."""

    @property
    def declined(self) -> bool:
        """True when the bank refuses the charge."""
        return bool(self.code)

    @property
    def details(self) -> dict[str, Any]:
        """The card as Stripe shows it; never the number."""
        return {
            "brand": self.brand,
            "country": "US",
            "exp_month": 12,
            "exp_year": datetime.now(UTC).year + 1,
            "funding": "credit",
            "last4": self.number[-4:],
            "network": self.brand,
        }


CARDS = (
    Card("pm_card_visa", "4242424242424242"),
    Card("pm_card_visa_debit", "4000056655665556"),
    Card("pm_card_mastercard", "5555555555554444", "mastercard"),
    Card("pm_card_amex", "378282246310005", "amex"),
    Card("pm_card_chargeDeclined", "4000000000000002", code="card_declined", decline_code="generic_decline"),
    Card(
        "pm_card_chargeDeclinedInsufficientFunds",
        "4000000000009995",
        code="card_declined",
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    Card(
        "pm_card_chargeDeclinedExpiredCard",
        "4000000000000069",
        code="expired_card",
        decline_code="expired_card",
        message="Your card has expired.",
    ),
    Card(
        "pm_card_chargeDeclinedIncorrectCvc",
        "4000000000000127",
        code="incorrect_cvc",
        decline_code="incorrect_cvc",
        message="Your card's security code is incorrect.",
    ),
    Card(
        "pm_card_chargeDeclinedProcessingError",
        "4000000000000119",
        code="processing_error",
        decline_code="processing_error",
        message="An error occurred while processing your card. Try again in a little bit.",
    ),
    Card("pm_card_refundFail", "4000000000005126", refunds="fail"),
    Card("pm_card_pendingRefund", "4000000000007726", refunds="pend"),
    Card("pm_card_createDispute", "4000000000000259", disputes=True),
    Card("pm_card_authenticationRequired", "4000002760003184", challenges=True),
    Card("pm_card_threeDSecure2Required", "4000000000003220", challenges=True),
)
_BY_PAYMENT_METHOD = {card.payment_method: card for card in CARDS}
_BY_NUMBER = {card.number: card for card in CARDS}


def card_of(payment_method: str) -> Card:
    """Return the card behind a payment method id.

    Raises:
        InvalidRequestError: There is no such payment method.
    """
    card = _BY_PAYMENT_METHOD.get(payment_method)
    if card is None:
        raise InvalidRequestError(
            f"No such PaymentMethod: '{payment_method}'", code="resource_missing", param="payment_method"
        )
    return card


def card_numbered(number: str) -> Card:
    """Return the test card with this number.

    Raises:
        CardError: The number is no test card's.
    """
    digits = number.replace(" ", "").replace("-", "")
    card = _BY_NUMBER.get(digits)
    if card is not None:
        return card
    if not _passes_luhn(digits):
        raise CardError("Your card number is incorrect.", code="incorrect_number", param="number")
    raise CardError(
        "Your card was declined. Your request was in test mode, but used a non test (live) card.",
        code="card_declined",
        decline_code="test_mode_live_card",
        param="",
    )


def _passes_luhn(digits: str) -> bool:
    if not (digits.isascii() and digits.isdecimal()):
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004
