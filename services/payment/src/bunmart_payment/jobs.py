"""The jobs that run after a commit or later, and the sweep."""

from contextlib import suppress

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.jobs import Jobs

from bunmart_payment.clients import Clients, Returned
from bunmart_payment.domain import PaymentStatus
from bunmart_payment.outbox import (
    CancelIntent,
    CheckIntent,
    CheckRefunds,
    ExpirePayment,
    MakeRefund,
    NotifyOrder,
    SendReceipt,
)
from bunmart_payment.service import Payments

_NO_ORDER = "ORDER_NOT_FOUND"
_EVERY_MINUTE = "* * * * *"


def register(jobs: Jobs, payments: Payments, clients: Clients) -> None:
    """Register the handlers and the sweep; each may run more than once."""
    _register_notices(jobs, payments, clients)

    async def expire(job: ExpirePayment) -> None:
        await payments.expire(job.payment_id)

    async def cancel(job: CancelIntent) -> None:
        await payments.cancel_intent(job.payment_id)

    async def check(job: CheckIntent) -> None:
        await payments.check(job.payment_id)

    async def refund(job: MakeRefund) -> None:
        await payments.make_refund(job.refund_id)

    async def check_refunds(job: CheckRefunds) -> None:
        await payments.check_refunds(job.payment_id, job.intent_id)

    jobs.on(CheckRefunds, check_refunds)
    jobs.on(ExpirePayment, expire)
    jobs.on(CancelIntent, cancel)
    jobs.on(CheckIntent, check)
    jobs.on(MakeRefund, refund)
    jobs.every(_EVERY_MINUTE, "sweep", payments.sweep)


def _register_notices(jobs: Jobs, payments: Payments, clients: Clients) -> None:
    async def notify_order(job: NotifyOrder) -> None:
        if job.attention:
            with suppress(FailedPreconditionError, NotFoundError):
                await clients.notify_attention(job.order_id, job.payment_id, job.status, job.attention)
            return
        returned = None
        if job.status == PaymentStatus.REFUNDED:
            # Read now, not when the job was written: jobs that overtake each other tell no old sum.
            total = await payments.get_returned_total(job.payment_id)
            returned = Returned(total, await payments.list_reported_refunds(job.payment_id))
        elif (await payments.get(job.payment_id)).status != job.status:
            return  # a later job tells the state that it has now
        try:
            await clients.notify_payment_result(job.order_id, job.payment_id, job.status, returned)
        except (FailedPreconditionError, NotFoundError) as refusal:
            if isinstance(refusal, NotFoundError) and refusal.code != _NO_ORDER:
                raise
            if job.status == PaymentStatus.SUCCEEDED:
                await payments.refund_refused_payment(job.payment_id, refusal.message)

    async def send_receipt(job: SendReceipt) -> None:
        await clients.send_receipt(job)

    jobs.on(NotifyOrder, notify_order)
    jobs.on(SendReceipt, send_receipt)
