"""Use cases that bring our state of payments in line with Stripe's: on demand, by job, by the sweep."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import queries
from bunmart_payment.domain import Outcome, Payment, PaymentStatus
from bunmart_payment.outbox import CheckIntent, ExpirePayment, MakeRefund
from bunmart_payment.service.base import UseCases, apply, lock_payment, require_payment
from bunmart_payment.stripe_objects import report_of

_OPEN = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


class Reconciliation(UseCases):
    """Asks Stripe about payments whose webhook may have been lost."""

    async def confirm(self, unit: UnitOfWork, payment_id: UUID) -> Payment:
        """Ask Stripe about a payment and take its answer over; a repeat changes nothing.

        Args:
            unit: That of the call or of the job; its first statement follows Stripe's answer.
            payment_id: Ours.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
            UnavailableError: Stripe does not answer.
        """
        payment = await require_payment(self.database, payment_id)
        if payment.status not in _OPEN or payment.stripe_payment_intent_id is None:
            return payment
        report = report_of(await self.stripe.get_intent(payment.stripe_payment_intent_id))
        if report.outcome is Outcome.OPEN:
            return payment
        await apply(unit, await lock_payment(unit, payment_id), report, source="asked")
        return await require_payment(unit, payment_id)

    async def check(self, payment_id: UUID) -> None:
        """Confirm a payment from a job, in a transaction of its own; raises as ``confirm``."""
        async with self.database.transaction() as unit:
            await self.confirm(unit, payment_id)

    async def sweep(self) -> None:
        """Enqueue a job for each payment and refund that nothing was heard of for long."""
        now = datetime.now(UTC)
        before = now - timedelta(seconds=self.settings.sweep_after_seconds)
        limit = self.settings.sweep_batch
        async with self.database.transaction() as unit:
            for payment in await queries.CLAIM_PAYMENTS.all(unit, before=before, limit=limit):
                kind = ExpirePayment if payment.expires_at <= now else CheckIntent
                unit.enqueue(kind(payment.id), dedupe_key=str(payment.id))
            for refund_id in await queries.CLAIM_REFUNDS.all(unit, before=before, limit=limit):
                unit.enqueue(MakeRefund(refund_id), dedupe_key=str(refund_id))
