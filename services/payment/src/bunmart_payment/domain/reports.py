"""The rules for news about a payment: the next state, and the consequences.

A success after a decline is a success: the customer tried another card before the intent was cancelled.
"""

import enum
from typing import NamedTuple

from bunmart_chassis.money import to_minor

from bunmart_payment.domain.payments import (
    AMOUNT_MISMATCH,
    CLOSED,
    EXPIRED,
    ORDER_CLOSED,
    REFUSED,
    SUPERSEDED,
    Payment,
    PaymentStatus,
)


class Outcome(enum.StrEnum):
    """The news about a payment, from Stripe or from the clock.

    OPEN is the absence of news: it can still be paid, or Stripe is processing it.
    """

    OPEN = "open"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"
    REFUNDED = "refunded"


class Charge(NamedTuple):
    """The money of a success as Stripe reports it.

    Attributes:
        amounts: In minor units: the amount that was asked for and, where it is reported, the one received.
        currency_code: Upper case.
    """

    amounts: tuple[int | None, ...]
    currency_code: str

    def __str__(self) -> str:
        """Write it for the log."""
        amounts = " / ".join(str(amount) for amount in self.amounts)
        return f"{amounts} minor units of {self.currency_code or 'no currency'}"

    def matches(self, payment: Payment) -> bool:
        """True when the customer was charged what the payment asks for, no more and no less."""
        asked = to_minor(payment.amount, payment.currency_code)
        return self.currency_code == payment.currency_code and set(self.amounts) == {asked}


class Report(NamedTuple):
    """An outcome; for a failure its code, for a success of Stripe's what was charged."""

    outcome: Outcome
    code: str = ""
    charge: Charge | None = None


class Effect(enum.Enum):
    """A consequence of a change, carried out through the outbox."""

    TELL_ORDER = "tell order"
    TELL_CUSTOMER = "tell customer"
    CANCEL_INTENT = "cancel intent"
    REFUND = "refund"


class Change(NamedTuple):
    """The next state of a payment, and the consequences."""

    status: PaymentStatus
    failure_code: str | None
    charged: bool
    effects: frozenset[Effect]

    @property
    def is_wrong_amount(self) -> bool:
        """True when Stripe has charged something else than was asked for."""
        return self.failure_code == AMOUNT_MISMATCH and Effect.REFUND in self.effects

    @property
    def message(self) -> str:
        """The message to the customer: the template is ``payment_`` and this."""
        return EXPIRED if self.failure_code == EXPIRED else self.status.lower()


def decide(payment: Payment, report: Report) -> Change | None:
    """Decide what a report changes; None when it is known already or comes too late to matter."""
    match report.outcome:
        case Outcome.SUCCEEDED:
            return _succeed(payment, report.charge)
        case Outcome.REFUNDED if payment.status is not PaymentStatus.REFUNDED:
            # The customer was told of each refund with its own amount.
            return _change(
                PaymentStatus.REFUNDED, payment.failure_code, frozenset({Effect.TELL_ORDER}), charged=True
            )
        case Outcome.DECLINED if payment.status is PaymentStatus.PENDING:
            told = _NOBODY if payment.closed_at is not None else _TOLD
            return _change(PaymentStatus.FAILED, report.code, told | {Effect.CANCEL_INTENT})
        case Outcome.CANCELED if payment.status is PaymentStatus.PENDING:
            code = report.code if payment.closed_at is None else ORDER_CLOSED
            return _change(PaymentStatus.FAILED, code, _told_of_cancellation(code))
        case _:
            return None


_NOBODY: frozenset[Effect] = frozenset()
_ORDER_KNOWS = frozenset({SUPERSEDED, REFUSED, ORDER_CLOSED})
"""It asked for another payment or for the end, or got the refusal as its answer."""
_TOLD = frozenset({Effect.TELL_ORDER, Effect.TELL_CUSTOMER})


def _told_of_cancellation(code: str) -> frozenset[Effect]:
    if code in _ORDER_KNOWS:
        return _NOBODY
    return _TOLD if code == EXPIRED else frozenset({Effect.TELL_ORDER})


def _succeed(payment: Payment, charge: Charge | None) -> Change | None:
    if payment.charged_at is not None:
        return None
    if charge is not None and not charge.matches(payment):
        waiting = payment.status is PaymentStatus.PENDING and payment.closed_at is None
        told = frozenset({Effect.TELL_ORDER}) if waiting else _NOBODY
        return _change(PaymentStatus.FAILED, AMOUNT_MISMATCH, told | {Effect.REFUND}, charged=True)
    if payment.closed_at is not None and payment.failure_code not in CLOSED:
        return _change(PaymentStatus.FAILED, ORDER_CLOSED, frozenset({Effect.REFUND}), charged=True)
    if payment.failure_code in CLOSED:
        # It stays FAILED until it is REFUNDED: an order that asks must not take this for its payment.
        return _change(PaymentStatus.FAILED, payment.failure_code, frozenset({Effect.REFUND}), charged=True)
    return _change(PaymentStatus.SUCCEEDED, None, _TOLD, charged=True)


def _change(
    status: PaymentStatus, failure_code: str | None, effects: frozenset[Effect], *, charged: bool = False
) -> Change:
    return Change(status, failure_code, charged, effects)
