"""The rules of paying: what makes an order payable, and which payment pays it.

An order is payable while it is pending and has its details, that is a delivery address and prices. Details
may be set again until it is paid; that ends an open payment. A payment pays only the order that waits for it.
"""

from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError

from bunmart_order.domain.records import Order
from bunmart_order.domain.states import OrderStatus


def require_pending(order: Order) -> None:
    """Check that the details of an order may still change.

    Raises:
        FailedPreconditionError: It is paid or cancelled (ORDER_NOT_PENDING).
    """
    if order.status is not OrderStatus.PENDING:
        raise FailedPreconditionError(
            f"An order that is {order.status} cannot be changed.", code="ORDER_NOT_PENDING"
        )


def require_payable(order: Order) -> Decimal:
    """Return the amount to pay, in major units of the order's currency.

    Raises:
        FailedPreconditionError: The order is not pending (ORDER_NOT_PAYABLE), or its address and prices are
            missing (ORDER_INCOMPLETE).
    """
    if order.status is not OrderStatus.PENDING:
        raise FailedPreconditionError(
            f"An order that is {order.status} cannot be paid.", code="ORDER_NOT_PAYABLE"
        )
    if order.total is None or order.shipping_address_id is None:
        raise FailedPreconditionError(
            "Choose an address first: the order has no prices yet.", code="ORDER_INCOMPLETE"
        )
    return order.total


def is_paid_by(order: Order, payment_id: UUID) -> bool:
    """Return True when this payment has paid the order already: a second report of it changes nothing."""
    return order.payment_id == payment_id and order.status not in (
        OrderStatus.PENDING,
        OrderStatus.CANCELLED,
    )


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


def shipping_total(goods: Decimal, *, fee: Decimal, free_from: Decimal) -> Decimal:
    """Return the delivery fee for goods of that value after discounts, in major units."""
    return Decimal(0) if goods >= free_from else fee
