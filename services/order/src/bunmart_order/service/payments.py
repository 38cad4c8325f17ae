"""Use cases of paying for an order."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import AbortedError, FailedPreconditionError, NotFoundError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, Party, ReportedRefund, Trigger
from bunmart_order.outbox import CheckPayment
from bunmart_order.service.base import FullOrder, lock_order, note_event, require_order
from bunmart_order.service.quotes import is_as_quoted
from bunmart_order.service.refund_reports import RefundReports


class PaymentRequest(NamedTuple):
    """The answer to Pay; without an id nothing was to be paid and the order is paid."""

    payment_id: UUID | None
    client_secret: str


class Payments(RefundReports):
    """Payment intents of an order and their outcomes."""

    async def request_payment(self, unit: UnitOfWork, full: FullOrder, *, actor: str) -> PaymentRequest:
        """Price a full order once more and open a payment intent; it stays pending until it is paid.

        Args:
            unit: The unit of work of the call.
            full: As its reader saw it.
            actor: The user or service that asks, for the history.

        Raises:
            AbortedError: The order changed meanwhile; the customer presses Pay again (ABORTED).
            FailedPreconditionError: It is not pending (ORDER_NOT_PAYABLE) or without details
                (ORDER_INCOMPLETE); it costs something else by now (QUOTE_CHANGED) or was priced too long ago
                (QUOTE_EXPIRED); a coupon (COUPON_NOT_USABLE) or product (PRODUCT_NOT_FOR_SALE) cannot be had.
        """
        order = full.order
        amount = domain.require_payable(order)
        await self._require_quote(full, amount)
        if amount == 0:
            return await self._pay_nothing(unit, order, actor=actor)
        intent = await self.clients.create_payment_intent(order, amount)
        payment_id = UUID(intent.payment_id)
        opened = await queries.SET_PAYMENT.run(
            unit,
            order_id=order.id,
            amount=amount,
            currency=order.currency_code,
            coupons=order.coupon_codes,
            payment_id=payment_id,
            payment_status=intent.status,
        )
        if not opened:
            await _refuse_changed(unit, order.id)
        unit.enqueue(
            CheckPayment(order.id, payment_id),
            dedupe_key=str(payment_id),
            delay_seconds=self.settings.payment_check_seconds,
        )
        return PaymentRequest(payment_id, intent.client_secret)

    async def _require_quote(self, full: FullOrder, amount: Decimal) -> None:
        """Check that the customer pays what he saw, and reserve the coupons for it."""
        order = full.order
        if not domain.has_valid_quote(order, self.settings.quote_lifetime_seconds, datetime.now(UTC)):
            priced = await self.clients.price(order, full.lines, order.coupon_codes, order.currency_code)
            raise domain.quote_refusal(order, "QUOTE_EXPIRED", Decimal(priced.grand_total))
        hold = math.ceil(self.settings.coupon_hold_seconds)
        answer = await self.clients.reserve_pricing(order, full.lines, amount, hold)
        if not (answer.reserved and is_as_quoted(full, answer.pricing)):
            raise domain.quote_refusal(order, "QUOTE_CHANGED", Decimal(answer.pricing.grand_total))

    async def _pay_nothing(self, unit: UnitOfWork, seen: Order, *, actor: str) -> PaymentRequest:
        order = await lock_order(unit, seen.id)
        rule = domain.find_rule(order.status, Trigger.PAY_NOTHING, Party.CUSTOMER)
        if rule is None or order.total != 0 or order.coupon_codes != seen.coupon_codes:
            await _refuse_changed(unit, order.id)
        else:
            await self.take(unit, order, rule, actor=actor, reason="nothing to pay")
        return PaymentRequest(None, "")

    async def record_payment_result(
        self,
        unit: UnitOfWork,
        order_id: UUID,
        payment_id: UUID,
        status: str,
        *,
        refunded_total: Decimal | None = None,
        refunds: Sequence[ReportedRefund] = (),
        attention: str = "",
        actor: str,
    ) -> None:
        """Record a payment's outcome; a success makes the order paid, a failure leaves it payable.

        Args:
            unit: The unit of work of the call or job.
            order_id: The order.
            payment_id: The payment.
            status: SUCCEEDED, FAILED or REFUNDED.
            refunded_total: With REFUNDED: what was given back of the payment in all; None for all of it.
            refunds: With REFUNDED: all refunds of the payment as they are now.
            attention: What an admin must see to, instead of an outcome; empty for an outcome.
            actor: The service that reports it, for the history.

        Raises:
            FailedPreconditionError: The money is not for this order as it is now (ORDER_NOT_PAYABLE).
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
        """
        order = await lock_order(unit, order_id)
        reason = f"payment {payment_id}"
        if attention:
            await queries.ADD_ATTENTION.run(unit, order_id=order.id, text=attention)
        elif status == "SUCCEEDED":
            if domain.is_paid_by(order, payment_id):
                return
            domain.require_awaited_payment(order, payment_id)
            rule = domain.require_rule(order.status, Trigger.PAYMENT_SUCCEEDED, Party.PAYMENT)
            await self.take(unit, order, rule, actor=actor, reason=reason, payment_status=status)
        elif order.payment_id != payment_id:
            return
        elif status == "REFUNDED" and order.payment_status in ("SUCCEEDED", "REFUNDED"):
            await self.take_over_refunds(unit, order, refunded_total, refunds, actor=actor, reason=reason)
        elif order.payment_status not in (status, "SUCCEEDED", "REFUNDED"):
            await self._record_end(unit, order, status, actor=actor, reason=f"{reason} {status}")

    async def _record_end(
        self, unit: UnitOfWork, order: Order, status: str, *, actor: str, reason: str
    ) -> None:
        """Record a payment that has ended without money; it leaves a pending order payable."""
        rule = domain.find_rule(order.status, Trigger.PAYMENT_FAILED, Party.PAYMENT)
        if rule is not None and status == "FAILED":
            await queries.COUNT_FAILED_PAYMENT.run(unit, order_id=order.id)
            await self.take(unit, order, rule, actor=actor, reason=reason, payment_status=status)
            return
        await queries.SET_PAYMENT_STATUS.run(unit, order_id=order.id, payment_status=status)
        await note_event(unit, order, actor=actor, reason=reason)

    async def check_payment(self, order_id: UUID, payment_id: UUID) -> None:
        """Ask payment for the outcome of an intent whose notice never came, and record it.

        For a job. An order that does not wait for this payment any more stays as it is: payment refunds when
        its own notice is refused.
        """
        try:
            status = await self.clients.payment_status(payment_id)
        except NotFoundError:
            return  # nobody can pay it any more
        if status not in ("SUCCEEDED", "FAILED"):
            return
        try:
            async with self.database.transaction() as unit:
                await self.record_payment_result(unit, order_id, payment_id, status, actor="order")
        except FailedPreconditionError:
            return


async def _refuse_changed(unit: UnitOfWork, order_id: UUID) -> None:
    """Refuse to pay an order that is not the one which its reader saw."""
    domain.require_payable(await require_order(unit, order_id))
    raise AbortedError("The order changed meanwhile; press Pay again.")
