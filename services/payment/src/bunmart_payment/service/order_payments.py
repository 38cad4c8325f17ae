"""Use cases of all payments of an order together: the end of the order, and money of it that goes back.

Closing is "record, call, record". The order is stored as closed and committed, so that no payment of it opens
any more and every charge that is still to come goes back; then Stripe cancels what is open, and that is
stored. After a crash between these steps the repeat of the call goes on.
"""

from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import ORDER_CLOSED, NewOrderRefund, OrderRefund, PaymentStatus
from bunmart_payment.service.base import reserve_refund
from bunmart_payment.service.intents import Closing, Intents


class ClosedOrder(msgspec.Struct, frozen=True):
    """The state of the money of an order that has ended.

    Attributes:
        held: Charged and not on its way back, in major units.
        processing: True while Stripe is processing a payment; if it succeeds, it goes back.
    """

    held: Decimal
    processing: bool


class OrderPayments(Intents):
    """Ends the payments of an order, and gives its money back."""

    async def close_order(self, order_id: UUID) -> ClosedOrder:
        """End all that is open for an order; a repeat goes on where the first stopped.

        Raises:
            UnavailableError: Stripe does not answer; no payment is opened all the same.
        """
        async with self.database.transaction() as first:
            await queries.LOCK_ORDER.one(first, closed_order_id=order_id)
            await queries.CLOSE_ORDER.run(first, order_id=order_id)
            payments = await queries.CLOSE_PAYMENTS.all(first, closed_order_id=order_id)
        processing = False
        for payment in payments:
            if payment.status is PaymentStatus.PENDING:
                closing = await self.close_payment(payment, ORDER_CLOSED)
                processing = processing or closing is Closing.PROCESSING
        current = await queries.ALL_OF_ORDER.all(self.database, order_id=order_id)
        held = sum((domain.money_left(payment) for payment in current), Decimal(0))
        return ClosedOrder(held, processing)

    async def refund_order(self, unit: UnitOfWork, new: NewOrderRefund) -> OrderRefund:
        """Promise a refund of an order, once for each refund_id; jobs carry it out at Stripe.

        Args:
            unit: That of the call. It locks all payments of the order, so concurrent refunds see each other.
            new: The request; a repeat under its refund_id returns the first, whatever it asks for.

        Raises:
            FailedPreconditionError: So much is not left (PAYMENT_NOT_REFUNDABLE).
            InvalidArgumentError: The amount is not one of the currency, or the refund_id is that of a refund
                of another order.
        """
        payments = await queries.OF_ORDER_FOR_UPDATE.all(unit, order_id=new.order_id)
        refunds = await queries.REFUNDS_OF_REQUEST.all(unit, request_id=new.refund_id)
        if refunds and refunds[0].payment_id not in {payment.id for payment in payments}:
            raise InvalidArgumentError.field("refund_id", "names a refund of another order")
        if not refunds:
            refunds = [
                await reserve_refund(unit, share.payment, share.amount, new.reason, request_id=new.refund_id)
                for share in domain.share_refund(payments, new.amount)
            ]
        return domain.sum_refunds(new.refund_id, refunds)
