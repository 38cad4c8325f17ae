"""The rules of a refund: how much can be given back, and the consequences of its status at Stripe."""

import enum
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.ids import new_id

from bunmart_payment.domain.payments import Payment
from bunmart_payment.domain.requests import require_minor_units


class RefundStatus(enum.StrEnum):
    """States of a refund; PENDING until Stripe has said."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


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


def new_refund(payment: Payment, amount: Decimal, reason: str, *, now: datetime) -> Refund:
    """Make the first state of a refund: PENDING, and not known to Stripe."""
    return Refund(new_id(), payment.id, None, amount, reason, RefundStatus.PENDING, now, now)


def require_refundable(payment: Payment, amount: Decimal | None) -> Decimal:
    """Return how much to give back; all that is left when no amount is named.

    Raises:
        FailedPreconditionError: Nothing was charged, or less is left (PAYMENT_NOT_REFUNDABLE).
        InvalidArgumentError: The amount is not one of this currency.
    """
    left = payment.amount - payment.refund_total if payment.charged_at is not None else Decimal(0)
    wanted = left if amount is None else amount
    if amount is not None:
        require_minor_units(amount, payment.currency_code)
    if not 0 < wanted <= left:
        raise FailedPreconditionError(
            f"{left} {payment.currency_code} of this payment can be refunded.",
            code="PAYMENT_NOT_REFUNDABLE",
            metadata={"status": payment.status, "refundable": str(left)},
        )
    return wanted


class RefundStep(enum.Enum):
    """A change of a refund that follows from its status at Stripe.

    NONE: nothing changes. NOTE: Stripe's id is stored. SETTLE: the money has gone back. RELEASE: the refund
    failed, and its share of the payment can be refunded again.
    """

    NONE = "none"
    NOTE = "note"
    SETTLE = "settle"
    RELEASE = "release"


def decide_refund(refund: Refund, status: RefundStatus) -> RefundStep:
    """Decide what Stripe's status changes. FAILED is final; SUCCEEDED may still fail at the bank."""
    if refund.status is RefundStatus.FAILED:
        return RefundStep.NONE
    match status:
        case RefundStatus.FAILED:
            return RefundStep.RELEASE
        case _ if status is refund.status:
            return RefundStep.NOTE if refund.stripe_refund_id is None else RefundStep.NONE
        case RefundStatus.SUCCEEDED:
            return RefundStep.SETTLE
        case _:
            return RefundStep.NONE


def is_refunded_whole(payment: Payment, refunds: Iterable[Refund], settled: Refund) -> bool:
    """True when the refund that has just been settled was the last that the payment owed."""
    earlier = [
        each.amount for each in refunds if each.status is RefundStatus.SUCCEEDED and each.id != settled.id
    ]
    return sum(earlier, settled.amount) >= payment.amount
