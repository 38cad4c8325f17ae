"""Use cases of paying for an order."""

from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import AbortedError, FailedPreconditionError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderStatus
from bunmart_order.outbox import CheckPayment
from bunmart_order.service.base import UseCases, lock_order


class PaymentRequest(NamedTuple):
    """The answer to Pay; without an id nothing was to be paid and the order is paid."""

    payment_id: UUID | None
    client_secret: str


class Payments(UseCases):
    """Payment intents of an order and their outcomes."""

    async def request_payment(self, unit: UnitOfWork, order: Order, *, actor: str) -> PaymentRequest:
        """Open a payment intent for a full order; the order stays pending until it is paid.

        Args:
            unit: The unit of work of the call.
            order: As its reader saw it.
            actor: The user or service that asks, for the history.

        Raises:
            AbortedError: The order changed meanwhile; the customer presses Pay again (ABORTED).
            FailedPreconditionError: It is not pending (ORDER_NOT_PAYABLE) or without details
                (ORDER_INCOMPLETE).
        """
        amount = domain.require_payable(order)
        if amount == 0:
            await self.move(unit, order.id, OrderStatus.PAID, actor=actor, reason="nothing to pay")
            return PaymentRequest(None, "")
        intent = await self.clients.create_payment_intent(order, amount)
        payment_id = UUID(intent.payment_id)
        if not await queries.SET_PAYMENT.run(
            unit, order_id=order.id, amount=amount, payment_id=payment_id, payment_status=intent.status
        ):
            raise AbortedError("The order changed meanwhile; press Pay again.")
        unit.enqueue(
            CheckPayment(order.id, payment_id),
            dedupe_key=str(payment_id),
            delay_seconds=self.settings.payment_check_seconds,
        )
        return PaymentRequest(payment_id, intent.client_secret)

    async def record_payment_result(
        self, unit: UnitOfWork, order_id: UUID, payment_id: UUID, status: str, *, actor: str
    ) -> None:
        """Record a payment's outcome; a success makes the order paid, a failure leaves it payable.

        Args:
            unit: The unit of work of the call or job.
            order_id: The order.
            payment_id: The payment.
            status: SUCCEEDED, FAILED or REFUNDED.
            actor: The service that reports it, for the history.

        Raises:
            FailedPreconditionError: The money is not for this order as it is now (ORDER_NOT_PAYABLE).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        if status == "SUCCEEDED":
            if domain.is_paid_by(order, payment_id):
                return
            domain.require_awaited_payment(order, payment_id)
            reason = f"payment {payment_id}"
            await self.apply(unit, order, OrderStatus.PAID, actor, reason, payment_status=status)
        elif order.payment_id == payment_id and order.payment_status != status:
            await queries.SET_PAYMENT_STATUS.run(unit, order_id=order_id, payment_status=status)
            event = domain.new_event(
                order, order.status, order.status, actor=actor, reason=f"payment {payment_id} {status}"
            )
            await queries.ADD_EVENT.add(unit, event)

    async def check_payment(self, order_id: UUID, payment_id: UUID) -> None:
        """Ask payment for the outcome of an intent whose notice never came, and record it.

        For a job. An order that does not wait for this payment any more stays as it is: payment refunds when
        its own notice is refused.
        """
        status = await self.clients.payment_status(payment_id)
        if status == "PENDING":
            return
        try:
            async with self.database.transaction() as unit:
                await self.record_payment_result(unit, order_id, payment_id, status, actor="order")
        except FailedPreconditionError:
            return
