"""The rules for a request for a payment: the amounts that can be charged, the payment that answers it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.money import MAX_MINOR_UNITS, is_chargeable, to_minor

from bunmart_payment.domain.payments import EXPIRED, SUPERSEDED, Payment, PaymentStatus, holds_money


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a payment of an order; the amount in major units."""

    order_id: UUID
    user_id: UUID
    amount: Decimal
    currency_code: str
    order_name: str
    metadata: dict[str, str]


def require_minor_units(amount: Decimal, currency: str) -> int:
    """Convert an amount that Stripe is asked for to minor units.

    Raises:
        InvalidArgumentError: Not positive, too large, finer than the currency, or a currency that cannot be
            charged.
    """
    if not is_chargeable(currency):
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


def new_payment(new: NewPayment, *, now: datetime, lifetime_seconds: float) -> Payment:
    """Make the first state of a payment: PENDING, and not known to Stripe."""
    return Payment(
        id=new_id(),
        order_id=new.order_id,
        user_id=new.user_id,
        amount=new.amount,
        currency_code=new.currency_code,
        order_name=new.order_name,
        metadata=new.metadata,
        status=PaymentStatus.PENDING,
        failure_code=None,
        stripe_payment_intent_id=None,
        client_secret=None,
        refund_total=Decimal(0),
        created_at=now,
        updated_at=now,
        checked_at=now,
        expires_at=now + timedelta(seconds=lifetime_seconds),
        charged_at=None,
        archived_at=None,
        closed_at=None,
    )


def require_open_order(order_id: UUID, *, closed: bool) -> None:
    """Refuse a payment of an order that has ended.

    Raises:
        FailedPreconditionError: It has (ORDER_CLOSED).
    """
    if closed:
        raise FailedPreconditionError(f"Order {order_id} takes no more payments.", code="ORDER_CLOSED")


class Usable(msgspec.Struct, frozen=True):
    """The order has a pending payment that is just what is asked for."""

    payment: Payment


class Outdated(msgspec.Struct, frozen=True):
    """The order has a pending payment that must be closed before another one is opened.

    Attributes:
        payment: The pending one.
        reason: EXPIRED or SUPERSEDED.
    """

    payment: Payment
    reason: str


class Vacant(msgspec.Struct, frozen=True):
    """The order has no pending payment: one can be opened."""


def answer_request(new: NewPayment, payments: Iterable[Payment], now: datetime) -> Usable | Outdated | Vacant:
    """Decide how a request for a payment is answered, given the open payments of its order.

    Raises:
        FailedPreconditionError: One of them pays the order (ORDER_ALREADY_PAID), or the order has ended
            (ORDER_CLOSED).
    """
    found: Usable | Outdated | Vacant = Vacant()
    for payment in payments:
        require_open_order(new.order_id, closed=payment.closed_at is not None)
        if holds_money(payment):
            raise FailedPreconditionError(
                f"Order {new.order_id} is paid by payment {payment.id}.",
                code="ORDER_ALREADY_PAID",
                metadata={"payment_id": str(payment.id)},
            )
        if payment.status is PaymentStatus.PENDING:
            found = _compare(new, payment, now)
    return found


def _compare(new: NewPayment, payment: Payment, now: datetime) -> Usable | Outdated:
    if payment.expires_at <= now:
        return Outdated(payment, EXPIRED)
    wanted = (new.amount, new.currency_code, new.user_id)
    if (payment.amount, payment.currency_code, payment.user_id) != wanted:
        return Outdated(payment, SUPERSEDED)
    return Usable(payment)
