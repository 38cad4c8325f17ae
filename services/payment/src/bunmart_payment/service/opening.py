"""Opening a payment: a row of ours first, then the intent at Stripe, then both together.

A crash between is healed by the repeat: it finds the row and asks Stripe again under the same idempotency
key, which gives the same intent.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import AbortedError, FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.money import to_wire

from bunmart_payment import domain, queries
from bunmart_payment.domain import EXPIRED, REFUSED, SUPERSEDED, Outcome, Payment, PaymentStatus, Report
from bunmart_payment.outbox import CancelIntent, ExpirePayment
from bunmart_payment.service.base import UseCases, apply, existing, locked
from bunmart_payment.stripe_api import StripeFailedError
from bunmart_payment.stripe_objects import report_of

_ROUNDS = 8


class NewPayment(NamedTuple):
    """What is to be paid, for which order; the amount in major units."""

    order_id: UUID
    user_id: UUID
    amount: Decimal
    currency_code: str
    order_name: str
    metadata: dict[str, str]


class Opening(UseCases):
    """Payment intents."""

    async def create_intent(self, new: NewPayment) -> Payment:
        """Open a payment; while one over the same amount is open, that one is returned.

        Raises:
            InvalidArgumentError: The amount cannot be charged in this currency.
            FailedPreconditionError: The order is paid (ORDER_ALREADY_PAID), a payment of it is being
                processed (PAYMENT_IN_PROGRESS), or Stripe refuses (STRIPE_REFUSED).
            AbortedError: It was replaced meanwhile.
            UnavailableError: Stripe does not answer; the repeat goes on where this one stopped.
        """
        domain.minor_units(new.amount, new.currency_code)
        for _ in range(_ROUNDS):
            payment = await self._open(new)
            if payment is None:
                continue
            if _answers(payment, new):
                return payment if payment.client_secret else await self._create_at_stripe(payment)
            overdue = payment.expires_at <= datetime.now(UTC)
            if not await self.close(payment, EXPIRED if overdue else SUPERSEDED):
                raise FailedPreconditionError(
                    "A payment of this order is being processed.", code="PAYMENT_IN_PROGRESS"
                )
        raise AbortedError("Another payment of this order was opened meanwhile; try again.")

    async def _open(self, new: NewPayment) -> Payment | None:
        """The order's pending payment, a new one if there is none; None when a twin was faster."""
        async with self.database.transaction(independent=True) as unit:
            for found in await queries.OPEN_OF_ORDER.all(unit, order_id=new.order_id):
                if domain.holds_money(found):
                    raise FailedPreconditionError(
                        f"Order {new.order_id} is paid by payment {found.id}.",
                        code="ORDER_ALREADY_PAID",
                        metadata={"payment_id": str(found.id)},
                    )
                if found.status is PaymentStatus.PENDING:
                    return found
            payment = _new_payment(new, self.settings.intent_lifetime_seconds)
            opened = await queries.OPEN_PAYMENT.run(
                unit,
                **queries.opening(payment),
                **queries.log_entry("opened", f"{to_wire(payment.amount)} {payment.currency_code}"),
            )
            if not opened:
                return None
            unit.enqueue(
                ExpirePayment(payment.id),
                dedupe_key=str(payment.id),
                delay_seconds=self.settings.intent_lifetime_seconds,
            )
        return payment

    async def _create_at_stripe(self, payment: Payment) -> Payment:
        try:
            intent = await self.stripe.create_intent(payment)
        except (StripeFailedError, FailedPreconditionError, InvalidArgumentError):
            # Stripe would give the same answer to this payment's key again: the next attempt needs another.
            async with self.database.transaction(independent=True) as unit:
                refused = await locked(unit, payment.id)
                if refused.stripe_payment_intent_id is None:
                    await apply(unit, refused, Report(Outcome.CANCELED, REFUSED), source="Stripe")
            raise
        stored = await queries.STORE_INTENT.first(
            self.database, payment_id=payment.id, intent_id=intent.id, secret=intent.client_secret
        )
        payment = stored or await existing(self.database, payment.id)
        if payment.status is not PaymentStatus.PENDING:
            await self.stripe.cancel_intent(intent.id, SUPERSEDED)
            raise AbortedError("The payment was closed meanwhile; try again.")
        return payment

    async def close(self, payment: Payment, reason: str) -> bool:
        """Cancel a pending payment at Stripe and fail it; if it was paid meanwhile, it succeeds instead.

        Returns:
            False when Stripe is processing it: it can neither be paid nor cancelled now.
        """
        intent = None
        if payment.stripe_payment_intent_id is not None:
            intent = await self.stripe.cancel_intent(payment.stripe_payment_intent_id, reason)
        report: Report | None = Report(Outcome.CANCELED, reason)
        if intent is not None and intent.status != "canceled":
            report = report_of(intent)
        if report is None:
            return False
        async with self.database.transaction(independent=True) as unit:
            current = await locked(unit, payment.id)
            await apply(unit, current, report, source="closed")
            if intent is None and current.stripe_payment_intent_id is not None:
                unit.enqueue(CancelIntent(payment.id), dedupe_key=str(payment.id))
        return True

    async def expire(self, payment_id: UUID) -> None:
        """Close a payment whose lifetime is over; one that Stripe is processing is left to the sweep."""
        payment = await self.get(payment_id)
        if payment.status is PaymentStatus.PENDING:
            await self.close(payment, EXPIRED)


def _answers(payment: Payment, new: NewPayment) -> bool:
    """Whether an open payment is what is asked for."""
    return (
        payment.amount == new.amount
        and payment.currency_code == new.currency_code
        and payment.user_id == new.user_id
        and payment.expires_at > datetime.now(UTC)
    )


def _new_payment(new: NewPayment, lifetime_seconds: float) -> Payment:
    now = datetime.now(UTC)
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
    )
