"""The rules of a payment, without I/O: its states and its log.

The states only ever rise, PENDING < FAILED < SUCCEEDED < REFUNDED, so Stripe's events lead to the same state
in any order and however often each one comes.
"""

import enum
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.ids import new_id


class PaymentStatus(enum.StrEnum):
    """States of a payment (``status`` in proto/bunmart/payment/v1/payment.proto)."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    SUCCEEDED = "SUCCEEDED"
    REFUNDED = "REFUNDED"


FINAL = frozenset(set(PaymentStatus) - {PaymentStatus.PENDING})
EXPIRED, SUPERSEDED, CANCELED, REFUSED = "expired", "superseded", "canceled", "refused"
ORDER_CLOSED, AMOUNT_MISMATCH = "order_closed", "amount_mismatch"
CLOSED = frozenset({EXPIRED, SUPERSEDED, CANCELED, REFUSED, ORDER_CLOSED, AMOUNT_MISMATCH})
"""Failure codes of payments that nobody waits for any more: a charge that arrives later goes back."""


class Payment(msgspec.Struct):
    """A payment; money in major units of ``currency_code``.

    Attributes:
        failure_code: The reason of a failure: Stripe's decline code, or one of ``CLOSED``.
        charged_at: The time at which we learned that the customer was charged; None while no money moved.
        refund_total: Refunds that are made or under way, failed ones not counted.
        closed_at: The time at which its order ended; a charge after that goes back.
        checked_at: The time at which Stripe was last asked about it, or at which it was created.
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
    closed_at: datetime | None


class PaymentLog(msgspec.Struct):
    """One entry of the log of a payment."""

    id: UUID
    payment_id: UUID
    event: str
    detail: str
    at: datetime


def new_log(payment_id: UUID, event: str, detail: str, *, now: datetime) -> PaymentLog:
    """Make a log entry."""
    return PaymentLog(new_id(), payment_id, event, detail, now)


def holds_money(payment: Payment) -> bool:
    """True while a payment pays its order: it was charged, and not all of it is on its way back."""
    return payment.status is PaymentStatus.SUCCEEDED and payment.refund_total < payment.amount


def money_left(payment: Payment) -> Decimal:
    """Return the money of a payment that was charged and is not on its way back."""
    return Decimal(0) if payment.charged_at is None else payment.amount - payment.refund_total


def require_archivable(payment: Payment) -> None:
    """Refuse to archive a payment that is not over.

    Raises:
        FailedPreconditionError: It is PENDING (PAYMENT_NOT_FINAL).
    """
    if payment.status not in FINAL:
        raise FailedPreconditionError(
            "A pending payment cannot be archived.",
            code="PAYMENT_NOT_FINAL",
            metadata={"status": payment.status},
        )
