"""Paying for an order."""

from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import AbortedError

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderStatus
from bunmart_order.outbox import CheckPayment
from bunmart_order.service.base import UseCases, locked, record


class PaymentRequest(NamedTuple):
    """What the payment page needs; without an id nothing was to be paid and the order is paid."""

    payment_id: UUID | None
    client_secret: str


class Paying(UseCases):
    """Payment intents and their outcomes."""

    async def request_payment(self, order: Order, *, actor: str) -> PaymentRequest:
        """Open a payment intent for a full order; the order stays pending until it is paid.

        Args:
            order: As its reader saw it.
            actor: Who pressed Pay.

        Raises:
            FailedPreconditionError: Not pending (ORDER_NOT_PAYABLE) or without details (ORDER_INCOMPLETE).
            AbortedError: The order changed meanwhile; press Pay again.
        """
        amount = domain.require_payable(order)
        if amount == 0:
            await self.move(order.id, OrderStatus.PAID, actor=actor, reason="nothing to pay")
            return PaymentRequest(None, "")
        intent = await self.clients.create_payment_intent(order, amount)
        payment_id = UUID(intent.payment_id)
        async with self.database.transaction() as unit:
            if not await queries.SET_PAYMENT.run(
                unit,
                order_id=order.id,
                amount=amount,
                payment_id=payment_id,
                payment_status=intent.status,
            ):
                raise AbortedError("The order changed meanwhile; press Pay again.")
            unit.enqueue(
                CheckPayment(order.id, payment_id),
                dedupe_key=str(payment_id),
                delay_seconds=self.settings.payment_check_seconds,
            )
        return PaymentRequest(payment_id, intent.client_secret)

    async def record_payment_result(
        self, order_id: UUID, payment_id: UUID, status: str, *, actor: str
    ) -> None:
        """Take note of a payment's outcome; a success makes the order paid, a failure leaves it payable.

        Raises:
            FailedPreconditionError: The money is not for this order as it is now (ORDER_NOT_PAYABLE).
        """
        async with self.database.transaction() as unit:
            order = await locked(unit, order_id)
            if status == "SUCCEEDED":
                if not domain.accepts_payment(order, payment_id):
                    return
                await self.apply(
                    unit, order, OrderStatus.PAID, actor, f"payment {payment_id}", payment_status=status
                )
            elif order.payment_id == payment_id and order.payment_status != status:
                await queries.SET_PAYMENT_STATUS.run(unit, order_id=order_id, payment_status=status)
                await record(unit, order, order.status, order.status, actor, f"payment {payment_id} {status}")
