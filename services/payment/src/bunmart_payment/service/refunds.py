"""Use cases of refunds: on an admin's word, when the order refuses a payment, after a late charge.

A refund is promised in one transaction, together with the job that carries it out at Stripe.
"""

from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import BunmartError, FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import Payment, Refund, RefundStatus
from bunmart_payment.service.base import UseCases, lock_payment, require_payment, reserve_refund
from bunmart_payment.service.refund_records import record_refund, record_refunds
from bunmart_payment.stripe_objects import StripeObject


class Refunds(UseCases):
    """Gives money back."""

    async def request_refund(
        self, unit: UnitOfWork, payment_id: UUID, amount: Decimal | None, reason: str
    ) -> Refund:
        """Promise a refund of all that is left, or of a part; a job carries it out at Stripe.

        Args:
            unit: That of the call.
            payment_id: Ours.
            amount: In major units; None for all that is left.
            reason: For the log.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
            FailedPreconditionError: So much is not left (PAYMENT_NOT_REFUNDABLE).
            InvalidArgumentError: The amount is not one of the payment's currency.
        """
        payment = await lock_payment(unit, payment_id)
        return await reserve_refund(unit, payment, domain.require_refundable(payment, amount), reason)

    async def refund_refused_payment(self, payment_id: UUID, reason: str) -> None:
        """Promise to give everything back because the order refuses the payment; a repeat changes nothing.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
        """
        async with self.database.transaction() as unit:
            payment = await lock_payment(unit, payment_id)
            if domain.holds_money(payment):
                await reserve_refund(unit, payment, payment.amount - payment.refund_total, reason)

    async def make_refund(self, refund_id: UUID) -> None:
        """Carry out a refund at Stripe, or read its status there, and take that over.

        Raises:
            UnavailableError: Stripe does not answer.
        """
        refund = await queries.REFUND.first(self.database, id=refund_id)
        if refund is None or refund.status is not RefundStatus.PENDING:
            return
        payment = await require_payment(self.database, refund.payment_id)
        try:
            made = await self._at_stripe(payment, refund)
        except (FailedPreconditionError, InvalidArgumentError) as refusal:
            await self._refused(payment, refund, refusal)
            return
        async with self.database.transaction() as unit:
            await record_refund(unit, refund_id, made, source="job")

    async def check_refunds(self, payment_id: UUID, intent_id: str) -> None:
        """Ask Stripe which refunds of a payment there are, and take them over.

        Stripe's events carry sums that may be old when they arrive; the list is as it is now.

        Args:
            payment_id: Ours.
            intent_id: Stripe's id of the payment, which may not be stored yet.

        Raises:
            UnavailableError: Stripe does not answer.
        """
        found = await self.stripe.list_refunds(intent_id)
        async with self.database.transaction() as unit:
            await record_refunds(unit, payment_id, found)

    async def _at_stripe(self, payment: Payment, refund: Refund) -> StripeObject:
        if refund.stripe_refund_id is not None:
            return await self.stripe.get_refund(refund.stripe_refund_id)
        return await self.stripe.create_refund(payment, refund)

    async def _refused(self, payment: Payment, refund: Refund, refusal: BunmartError) -> None:
        """Find out why Stripe refuses a refund: somebody may have given the money back there by hand.

        What is left of it then is given back by another refund.
        """
        found = await self.stripe.list_refunds(payment.stripe_payment_intent_id or "")
        async with self.database.transaction() as unit:
            await record_refunds(unit, payment.id, found)
            now_known = await queries.REFUND.first(unit, id=refund.id)
            if now_known is None or now_known.stripe_refund_id is not None:
                return  # an earlier attempt made it, and its answer was lost
            reason = refusal.metadata.get("stripe_code") or refusal.message
            failed = StripeObject("", status="failed", failure_reason=reason)
            await record_refund(unit, refund.id, failed, source="job")
            left = domain.money_left(await require_payment(unit, payment.id))
            if 0 < left < refund.amount:
                await reserve_refund(
                    unit, payment, left, f"{refund.reason} (what is left)", request_id=refund.request_id
                )
