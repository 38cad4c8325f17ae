"""Use cases of payment intents: opening and closing one.

Opening is "record, call, record". The payment is stored as PENDING and committed, then Stripe creates the
intent, then Stripe's id and client secret are stored in the unit of the call. After a crash between these
steps the repeat of the call finds the payment and asks Stripe again under the same idempotency key, which
gives the same intent.
"""

import enum
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.money import to_wire
from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.domain import (
    EXPIRED,
    REFUSED,
    NewPayment,
    Outcome,
    Outdated,
    Payment,
    PaymentStatus,
    Report,
    Usable,
    Vacant,
)
from bunmart_payment.outbox import CancelIntent, ExpirePayment
from bunmart_payment.service.base import UseCases, apply, lock_payment, require_payment
from bunmart_payment.stripe_api import StripeFailedError
from bunmart_payment.stripe_objects import StripeObject, report_after_cancel, report_of

_ROUNDS = 8


class Outrun(msgspec.Struct, frozen=True):
    """A concurrent duplicate opened its payment first, so the order must be looked at again."""


class Closing(enum.Enum):
    """The result of an attempt to close a payment.

    CLOSED: it is over, as FAILED or, because it was paid meanwhile, as SUCCEEDED. PROCESSING: Stripe is
    charging the customer, so it can neither be paid nor cancelled now.
    """

    CLOSED = "closed"
    PROCESSING = "processing"


class Intents(UseCases):
    """Opens and closes payment intents."""

    async def create_intent(self, unit: UnitOfWork, new: NewPayment) -> Payment:
        """Open a payment; while one over the same amount is open, that one is returned.

        Another pending payment of the order is closed first, in a transaction of its own.

        Args:
            unit: That of the call; its first statement follows Stripe's answer.
            new: The request.

        Raises:
            InvalidArgumentError: The amount cannot be charged in this currency.
            FailedPreconditionError: The order is paid (ORDER_ALREADY_PAID) or has ended (ORDER_CLOSED), a
                payment of it is being processed (PAYMENT_IN_PROGRESS), or Stripe refuses (STRIPE_REFUSED).
            AbortedError: It was replaced meanwhile.
            UnavailableError: Stripe does not answer; the repeat goes on where this one stopped.
        """
        domain.require_minor_units(new.amount, new.currency_code)
        for _ in range(_ROUNDS):
            match await self._record(new):
                case Usable(payment):
                    return payment if payment.client_secret else await self._create(unit, payment)
                case Outdated(payment, reason):
                    await self._replace(payment, reason)
                case Outrun():
                    continue
        raise AbortedError("Another payment of this order was opened meanwhile; try again.")

    async def _record(self, new: NewPayment) -> Usable | Outdated | Outrun:
        """Commit a new payment before Stripe is called, unless the order has a pending one."""
        now = datetime.now(UTC)
        async with self.database.transaction() as first:
            closed = await queries.LOCK_ORDER.one(first, closed_order_id=new.order_id)
            domain.require_open_order(new.order_id, closed=closed)
            payments = await queries.OPEN_OF_ORDER.all(first, order_id=new.order_id)
            match domain.answer_request(new, payments, now):
                case Vacant():
                    lifetime = self.settings.intent_lifetime_seconds
                    payment = domain.new_payment(new, now=now, lifetime_seconds=lifetime)
                    detail = f"{to_wire(payment.amount)} {payment.currency_code}"
                    added = await queries.OPEN_PAYMENT.run(
                        first, **queries.opened(payment), **queries.log_entry("opened", detail)
                    )
                    if not added:
                        return Outrun()
                    first.enqueue(
                        ExpirePayment(payment.id), dedupe_key=str(payment.id), delay_seconds=lifetime
                    )
                    return Usable(payment)
                case pending:
                    return pending

    async def _replace(self, payment: Payment, reason: str) -> None:
        if await self.close_payment(payment, reason) is Closing.PROCESSING:
            raise FailedPreconditionError(
                "A payment of this order is being processed.", code="PAYMENT_IN_PROGRESS"
            )

    async def _create(self, unit: UnitOfWork, payment: Payment) -> Payment:
        try:
            intent = await self.stripe.create_intent(payment)
        except (StripeFailedError, FailedPreconditionError, InvalidArgumentError):
            await self._note_refusal(payment.id)
            raise
        current = await _store_intent(unit, payment.id, intent)
        if current.status is not PaymentStatus.PENDING or current.closed_at is not None:
            # The call is refused, so its unit ends here: no other transaction may begin while it is open.
            await unit.rollback()
            await self._abandon(payment.id, intent)
            domain.require_open_order(current.order_id, closed=current.closed_at is not None)
            raise AbortedError("The payment was closed meanwhile; try again.")
        return current

    async def _note_refusal(self, payment_id: UUID) -> None:
        """Fail a payment that Stripe refuses, in a transaction of its own: the call is refused as well.

        Stripe would give the same answer to this payment's key again, so the next attempt needs another.
        """
        async with self.database.transaction() as apart:
            refused = await lock_payment(apart, payment_id)
            if refused.stripe_payment_intent_id is None:
                await apply(apart, refused, Report(Outcome.CANCELED, REFUSED), source="Stripe")

    async def _abandon(self, payment_id: UUID, intent: StripeObject) -> None:
        """Let a job cancel the intent of a closed payment; it stands although the call is refused."""
        async with self.database.transaction() as apart:
            await _store_intent(apart, payment_id, intent)
            apart.enqueue(CancelIntent(payment_id), dedupe_key=str(payment_id))

    async def close_payment(self, payment: Payment, reason: str) -> Closing:
        """Cancel a pending payment at Stripe, then fail it in a transaction of its own.

        Raises:
            UnavailableError: Stripe does not answer.
        """
        intent_id = payment.stripe_payment_intent_id
        if intent_id is None:
            report = Report(Outcome.CANCELED, reason)
        else:
            report = report_after_cancel(await self.stripe.cancel_intent(intent_id, reason), reason)
        if report.outcome is Outcome.OPEN:
            return Closing.PROCESSING
        async with self.database.transaction() as unit:
            current = await lock_payment(unit, payment.id)
            await apply(unit, current, report, source="closed")
            if intent_id is None:
                # Stripe may have created the intent, or may still do it, without our having got the answer.
                unit.enqueue(CancelIntent(payment.id), dedupe_key=str(payment.id))
        return Closing.CLOSED

    async def expire(self, payment_id: UUID) -> None:
        """Close a payment whose lifetime is over; one that Stripe is processing is left to the sweep.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
            UnavailableError: Stripe does not answer.
        """
        payment = await require_payment(self.database, payment_id)
        if payment.status is PaymentStatus.PENDING:
            await self.close_payment(payment, EXPIRED)

    async def cancel_intent(self, payment_id: UUID) -> None:
        """Cancel the intent of a payment that failed; if it was paid meanwhile, that is taken over.

        One whose order has ended is cancelled while it is still pending, too: a job that waited for the other
        call to fail it would be gone, and a second one is not enqueued while the first still runs.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
            UnavailableError: Stripe does not answer.
        """
        payment = await require_payment(self.database, payment_id)
        ends = payment.status is PaymentStatus.PENDING and payment.closed_at is not None
        if not ends and (payment.status is not PaymentStatus.FAILED or payment.failure_code == REFUSED):
            return
        intent_id = payment.stripe_payment_intent_id or await self._find_intent(payment)
        if intent_id is None:
            return
        report = report_of(await self.stripe.cancel_intent(intent_id, EXPIRED))
        if report.outcome is Outcome.OPEN:
            return
        async with self.database.transaction() as unit:
            await apply(unit, await lock_payment(unit, payment_id), report, source="cancelled")

    async def _find_intent(self, payment: Payment) -> str | None:
        """Ask Stripe for the intent of a payment that ended before Stripe's answer came.

        The repeat under the payment's key gives the intent that Stripe made; if the first request never
        arrived, it makes the intent now, so that the first can make none later. None when Stripe refuses or
        fails: it answers so under this key for a day, and nobody was given a secret to pay with.
        """
        try:
            intent = await self.stripe.create_intent(payment)
        except (StripeFailedError, FailedPreconditionError, InvalidArgumentError):
            return None
        async with self.database.transaction() as unit:
            stored = await _store_intent(unit, payment.id, intent)
        return stored.stripe_payment_intent_id


async def _store_intent(unit: UnitOfWork, payment_id: UUID, intent: StripeObject) -> Payment:
    """Store the intent of a payment; one that is stored already stays."""
    stored = await queries.STORE_INTENT.first(
        unit, payment_id=payment_id, intent_id=intent.id, secret=intent.client_secret
    )
    return stored or await require_payment(unit, payment_id)
