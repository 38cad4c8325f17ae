"""The rules of paying: what makes an order payable, and which payment pays it.

An order is payable while it is pending and has its details, that is a delivery address and prices. Its price
is a quote: it holds for a time, and Pay asks pricing once more. Details may be set again until it is paid;
that ends an open payment unless they are the same. A payment pays only the order that waits for it.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.money import to_wire

from bunmart_order.domain.life import Party, Trigger, find_rule
from bunmart_order.domain.records import Order
from bunmart_order.domain.states import OrderStatus


def require_pending(order: Order) -> None:
    """Check that the details and lines of an order may still change.

    Raises:
        FailedPreconditionError: It is paid or cancelled (ORDER_NOT_PENDING).
    """
    if find_rule(order.status, Trigger.SET_DETAILS, Party.CUSTOMER) is None:
        raise FailedPreconditionError(
            f"An order that is {order.status} cannot be changed.", code="ORDER_NOT_PENDING"
        )


def require_payable(order: Order) -> Decimal:
    """Return the amount to pay, in major units of the order's currency.

    Raises:
        FailedPreconditionError: The order is not pending (ORDER_NOT_PAYABLE), or its address and prices are
            missing (ORDER_INCOMPLETE).
    """
    if find_rule(order.status, Trigger.PAY, Party.CUSTOMER) is None:
        raise FailedPreconditionError(
            f"An order that is {order.status} cannot be paid.", code="ORDER_NOT_PAYABLE"
        )
    if order.total is None or order.shipping_address_id is None:
        raise FailedPreconditionError(
            "Set the details first: the order has no prices yet.", code="ORDER_INCOMPLETE"
        )
    return order.total


def has_valid_quote(order: Order, lifetime_seconds: float, now: datetime) -> bool:
    """Return True while the prices that the customer saw are young enough to be paid.

    They are until before their life time is over, as every time of the shop that says when something ends.
    """
    if order.quoted_at is None:
        return False
    return now < order.quoted_at + timedelta(seconds=lifetime_seconds)


def quote_refusal(order: Order, code: str, new_total: Decimal) -> FailedPreconditionError:
    """Make the refusal to pay at a price that does not hold any more.

    Args:
        order: The order with the total that the customer saw.
        code: QUOTE_CHANGED or QUOTE_EXPIRED.
        new_total: The total as it is now.
    """
    old = to_wire(order.total or Decimal(0))
    new = to_wire(new_total)
    return FailedPreconditionError(
        f"The total was {old} and is {new} {order.currency_code} now; set the details again to agree."
        if old != new
        else "Prices or taxes changed since you saw them; set the details again to agree.",
        code=code,
        metadata={"old_total": old, "new_total": new, "currency": order.currency_code},
    )


def is_paid_by(order: Order, payment_id: UUID) -> bool:
    """Return True when this payment has paid the order already: a second report of it changes nothing."""
    return order.payment_id == payment_id and order.status not in (
        OrderStatus.PENDING,
        OrderStatus.CANCELLED,
    )


def require_paid(order: Order) -> None:
    """Check that an order was paid, whatever became of it.

    Raises:
        FailedPreconditionError: It was not (ORDER_NOT_PAID).
    """
    ended_unpaid = order.payment_status != "SUCCEEDED" and not order.refunded_total
    if order.status is OrderStatus.PENDING or (order.status is OrderStatus.CANCELLED and ended_unpaid):
        raise FailedPreconditionError("The order was not paid; it has no receipt.", code="ORDER_NOT_PAID")


def require_awaited_payment(order: Order, payment_id: UUID) -> None:
    """Check that the order waits for this payment.

    Raises:
        FailedPreconditionError: It was cancelled, changed, or paid otherwise since the payment was opened
            (ORDER_NOT_PAYABLE). The payment service refunds the money.
    """
    if order.payment_id != payment_id or order.status is not OrderStatus.PENDING:
        raise FailedPreconditionError(
            f"Order {order.id} does not wait for payment {payment_id}.", code="ORDER_NOT_PAYABLE"
        )


class CouponEnd(NamedTuple):
    """The end of what an order has reserved of its coupons.

    Attributes:
        outcome: USED or RELEASED.
        attempt: With RELEASED the last attempt to pay that has ended; 0 when no other can follow.
    """

    outcome: str
    attempt: int = 0


def coupon_end(order: Order) -> CouponEnd | None:
    """Return the end of the coupons' reservation; None while it is open.

    An order whose payment failed can be paid once more. The report of that end may reach pricing after the
    next attempt has reserved the coupons, so it names the attempts that it is for.
    """
    if order.status is OrderStatus.CANCELLED:
        return CouponEnd("RELEASED")
    if order.status is OrderStatus.PENDING:
        return CouponEnd("RELEASED", order.failed_payments) if order.payment_status == "FAILED" else None
    return CouponEnd("RELEASED" if order.payment_status == "REFUNDED" else "USED")
