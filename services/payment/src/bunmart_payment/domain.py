"""The rules of a payment, without I/O: its states, and what each report about it changes.

The states only ever rise, PENDING < FAILED < SUCCEEDED < REFUNDED, so Stripe's events lead to the same state
in any order and however often each one comes. A success after a decline is a success: the customer tried
another card before the intent was cancelled.
"""

import enum
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.money import to_minor

MAX_MINOR_UNITS = 99_999_999
"""Stripe's limit of an amount (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""
UNSUPPORTED_CURRENCIES = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "UGX"})
"""Three decimals, or decimals at Stripe that the currency does not have: two-decimal money would be wrong."""


class PaymentStatus(enum.StrEnum):
    """States of a payment (brief, "Payment Service")."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    SUCCEEDED = "SUCCEEDED"
    REFUNDED = "REFUNDED"


class RefundStatus(enum.StrEnum):
    """States of a refund; PENDING until Stripe has said."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


FINAL = frozenset(set(PaymentStatus) - {PaymentStatus.PENDING})
EXPIRED, SUPERSEDED, CANCELED, REFUSED = "expired", "superseded", "canceled", "refused"
CLOSED = frozenset({EXPIRED, SUPERSEDED, CANCELED, REFUSED})
"""Failure codes of payments that nobody waits for any more: a charge that arrives later goes back."""


class Payment(msgspec.Struct):
    """A payment; money in major units of ``currency_code``.

    Attributes:
        failure_code: Why it failed: Stripe's decline code, or one of ``CLOSED``.
        charged_at: When we learned that the customer was charged; None while no money moved.
        refund_total: Refunds that are made or under way, failed ones not counted.
        checked_at: When Stripe was last asked about it, or when it was created.
    """

    id: UUID
    order_id: UUID
    user_id: UUID
    amount: Decimal
    currency_code: str
    order_name: str
    metadata: dict[str, str]
    status: PaymentStatus
    failure_code: str | None
    stripe_payment_intent_id: str | None
    client_secret: str | None
    refund_total: Decimal
    created_at: datetime
    updated_at: datetime
    checked_at: datetime
    expires_at: datetime
    charged_at: datetime | None
    archived_at: datetime | None


class PaymentLog(msgspec.Struct):
    """One entry of what happened to a payment."""

    id: UUID
    payment_id: UUID
    event: str
    detail: str
    at: datetime


class Refund(msgspec.Struct):
    """Money on its way back, all of a payment or a part of it, in major units."""

    id: UUID
    payment_id: UUID
    stripe_refund_id: str | None
    amount: Decimal
    reason: str
    status: RefundStatus
    created_at: datetime
    updated_at: datetime


class Outcome(enum.StrEnum):
    """What Stripe, or the clock, says about a payment."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"
    REFUNDED = "refunded"


class Report(NamedTuple):
    """An outcome and, for a failure, its code."""

    outcome: Outcome
    code: str = ""


class Effect(enum.Enum):
    """What follows from a change, through the outbox."""

    TELL_ORDER = "tell order"
    TELL_CUSTOMER = "tell customer"
    CANCEL_INTENT = "cancel intent"
    REFUND = "refund"


class Change(NamedTuple):
    """What a report makes of a payment."""

    status: PaymentStatus
    failure_code: str | None
    charged: bool
    effects: frozenset[Effect]


def decide(payment: Payment, report: Report) -> Change | None:
    """What a report changes; None when it is known already or comes too late to matter."""
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


def minor_units(amount: Decimal, currency: str) -> int:
    """What Stripe is asked for, in minor units.

    Raises:
        InvalidArgumentError: Not positive, too large, finer than the currency, or a currency that cannot be
            charged.
    """
    if currency in UNSUPPORTED_CURRENCIES:
        raise InvalidArgumentError.field("currency_code", f"{currency} cannot be charged")
    if amount <= 0:
        raise InvalidArgumentError.field("amount", "must be greater than 0")
    try:
        minor = to_minor(amount, currency)
    except ValueError:
        raise InvalidArgumentError.field("amount", f"is finer than the smallest unit of {currency}") from None
    if minor > MAX_MINOR_UNITS:
        raise InvalidArgumentError.field("amount", f"must be at most {MAX_MINOR_UNITS} minor units")
    return minor


def holds_money(payment: Payment) -> bool:
    """Whether the order is paid by this payment, or is about to be: not all of it is on its way back."""
    return payment.status is PaymentStatus.SUCCEEDED and payment.refund_total < payment.amount


def refundable(payment: Payment, amount: Decimal | None) -> Decimal:
    """How much to give back; all that is left when no amount is named.

    Raises:
        FailedPreconditionError: Nothing was charged, or less is left (PAYMENT_NOT_REFUNDABLE).
        InvalidArgumentError: The amount is not one of this currency.
    """
    left = payment.amount - payment.refund_total if payment.charged_at is not None else Decimal(0)
    wanted = left if amount is None else amount
    if amount is not None:
        minor_units(amount, payment.currency_code)
    if not 0 < wanted <= left:
        raise FailedPreconditionError(
            f"{left} {payment.currency_code} of this payment can be refunded.",
            code="PAYMENT_NOT_REFUNDABLE",
            metadata={"status": payment.status, "refundable": str(left)},
        )
    return wanted


def require_archivable(payment: Payment) -> None:
    """Refuse to archive a payment that is not over (PAYMENT_NOT_FINAL)."""
    if payment.status not in FINAL:
        raise FailedPreconditionError(
            "A pending payment cannot be archived.",
            code="PAYMENT_NOT_FINAL",
            metadata={"status": payment.status},
        )
