"""The rules of a refund: how much can be given back, and the consequences of its status at Stripe."""

import enum
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.ids import new_id
from bunmart_chassis.money import to_wire

from bunmart_payment.domain.payments import AMOUNT_MISMATCH, Payment, PaymentStatus, money_left
from bunmart_payment.domain.requests import require_minor_units

BY_HAND = "refunded at Stripe"
"""The reason of a refund that was not made here."""


class RefundStatus(enum.StrEnum):
    """States of a refund; PENDING until Stripe has said."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Refund(msgspec.Struct):
    """Money on its way back, all of a payment or a part of it, in major units.

    Attributes:
        request_id: The refund_id of the order service, where that asked for it.
    """

    id: UUID
    payment_id: UUID
    stripe_refund_id: str | None
    amount: Decimal
    reason: str
    status: RefundStatus
    created_at: datetime
    updated_at: datetime
    request_id: UUID | None = None


class NewOrderRefund(msgspec.Struct, frozen=True):
    """A request of the order service for a refund.

    Attributes:
        refund_id: The caller's own id of it.
        amount: In major units; None for all that is left.
    """

    order_id: UUID
    refund_id: UUID
    amount: Decimal | None
    reason: str


class OrderRefund(NamedTuple):
    """The answer to that request, summed over the payments that it concerns."""

    refund_id: UUID
    status: RefundStatus
    amount: Decimal


class Share(NamedTuple):
    """The part of a refund that one payment gives."""

    payment: Payment
    amount: Decimal


def new_refund(
    payment: Payment, amount: Decimal, reason: str, *, now: datetime, request_id: UUID | None = None
) -> Refund:
    """Make the first state of a refund: PENDING, and not known to Stripe."""
    return Refund(new_id(), payment.id, None, amount, reason, RefundStatus.PENDING, now, now, request_id)


def found_refund(payment: Payment, stripe_refund_id: str, amount: Decimal, *, now: datetime) -> Refund:
    """Make the first state of a refund that somebody made by hand at Stripe."""
    return Refund(new_id(), payment.id, stripe_refund_id, amount, BY_HAND, RefundStatus.PENDING, now, now)


def require_refundable(payment: Payment, amount: Decimal | None) -> Decimal:
    """Return how much to give back; all that is left when no amount is named.

    Raises:
        FailedPreconditionError: Nothing was charged, or less is left (PAYMENT_NOT_REFUNDABLE).
        InvalidArgumentError: The amount is not one of this currency.
    """
    left = money_left(payment)
    if amount is not None:
        require_minor_units(amount, payment.currency_code)
    return _require_left(left, amount, payment.currency_code, {"status": payment.status})


def share_refund(payments: Iterable[Payment], amount: Decimal | None) -> list[Share]:
    """Spread a refund of an order over its payments, the one that pays the order first.

    Raises:
        FailedPreconditionError: Nothing was charged, or less is left (PAYMENT_NOT_REFUNDABLE).
        InvalidArgumentError: The amount is not one of this currency.
    """
    holding = [payment for payment in payments if money_left(payment) > 0]
    holding.sort(key=lambda payment: payment.status is not PaymentStatus.SUCCEEDED)
    if amount is not None and holding:
        require_minor_units(amount, holding[0].currency_code)
    left = sum((money_left(payment) for payment in holding), Decimal(0))
    rest = _require_left(left, amount, holding[0].currency_code if holding else "", {})
    shares = []
    for payment in holding:
        part = min(rest, money_left(payment))
        if part > 0:
            shares.append(Share(payment, part))
        rest -= part
    return shares


def _require_left(left: Decimal, amount: Decimal | None, currency: str, metadata: dict[str, str]) -> Decimal:
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise FailedPreconditionError(
            f"{to_wire(left)} {currency} can be refunded." if left else "Nothing can be refunded.",
            code="PAYMENT_NOT_REFUNDABLE",
            metadata={**metadata, "refundable": str(left)},
        )
    return wanted


def sum_refunds(refund_id: UUID, refunds: list[Refund]) -> OrderRefund:
    """Sum the refunds that carry out one request; those that failed count only when no other stands."""
    standing = [each for each in refunds if each.status is not RefundStatus.FAILED]
    status = RefundStatus.SUCCEEDED if standing else RefundStatus.FAILED
    if any(each.status is RefundStatus.PENDING for each in standing):
        status = RefundStatus.PENDING
    amount = sum((each.amount for each in standing or refunds), Decimal(0))
    return OrderRefund(refund_id, status, amount)


class ReportedRefund(NamedTuple):
    """A refund as the order is told of it; ``refund_id`` is the order's own where it asked for it."""

    refund_id: UUID
    status: RefundStatus
    amount: Decimal
    reason: str


def report_refunds(refunds: Iterable[Refund]) -> list[ReportedRefund]:
    """List refunds as the order knows them: those that carry out one request of it together are one."""
    together: dict[UUID, list[Refund]] = {}
    for refund in refunds:
        together.setdefault(refund.request_id or refund.id, []).append(refund)
    return [
        ReportedRefund(*sum_refunds(refund_id, found), found[0].reason)
        for refund_id, found in together.items()
    ]


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


def is_refunded_whole(payment: Payment, refunds: Iterable[Refund]) -> bool:
    """True when the refunds that were carried out have given all of the payment back.

    A charge of a wrong amount is given back in one refund of all that Stripe has.
    """
    standing = [each for each in refunds if each.status is not RefundStatus.FAILED]
    made = [each for each in standing if each.status is RefundStatus.SUCCEEDED]
    if payment.failure_code == AMOUNT_MISMATCH:
        return bool(made) and made == standing
    return sum(each.amount for each in made) >= payment.amount
