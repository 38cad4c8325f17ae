"""The rules for news about a payment: the next state, and the consequences.

A success after a decline is a success: the customer tried another card before the intent was cancelled.
"""

import enum
from typing import NamedTuple

from bunmart_payment.domain.payments import CLOSED, REFUSED, SUPERSEDED, Payment, PaymentStatus


class Outcome(enum.StrEnum):
    """The news about a payment, from Stripe or from the clock.

    OPEN is the absence of news: it can still be paid, or Stripe is processing it.
    """

    OPEN = "open"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"
    REFUNDED = "refunded"


class Report(NamedTuple):
    """An outcome and, for a failure, its code."""

    outcome: Outcome
    code: str = ""


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


def decide(payment: Payment, report: Report) -> Change | None:
    """Decide what a report changes; None when it is known already or comes too late to matter."""
    match report.outcome:
        case Outcome.SUCCEEDED:
            return _succeed(payment)
        case Outcome.REFUNDED if payment.status is not PaymentStatus.REFUNDED:
            return _change(PaymentStatus.REFUNDED, payment.failure_code, _TOLD, charged=True)
        case Outcome.DECLINED if payment.status is PaymentStatus.PENDING:
            return _change(PaymentStatus.FAILED, report.code, _TOLD | {Effect.CANCEL_INTENT})
        case Outcome.CANCELED if payment.status is PaymentStatus.PENDING:
            told = _NOBODY if report.code in _ORDER_KNOWS else frozenset({Effect.TELL_ORDER})
            return _change(PaymentStatus.FAILED, report.code, told)
        case _:
            return None


_NOBODY: frozenset[Effect] = frozenset()
_ORDER_KNOWS = frozenset({SUPERSEDED, REFUSED})
"""It asked for another payment, or got the refusal as its answer."""
_TOLD = frozenset({Effect.TELL_ORDER, Effect.TELL_CUSTOMER})


def _succeed(payment: Payment) -> Change | None:
    if payment.charged_at is not None:
        return None
    if payment.failure_code in CLOSED:
        # It stays FAILED until it is REFUNDED: an order that asks must not take this for its payment.
        return _change(PaymentStatus.FAILED, payment.failure_code, frozenset({Effect.REFUND}), charged=True)
    return _change(PaymentStatus.SUCCEEDED, None, _TOLD, charged=True)


def _change(
    status: PaymentStatus, failure_code: str | None, effects: frozenset[Effect], *, charged: bool = False
) -> Change:
    return Change(status, failure_code, charged, effects)
