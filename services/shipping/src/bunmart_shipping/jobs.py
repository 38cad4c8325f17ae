"""Handlers of the jobs after a commit: calls to peers that must not be lost."""

from bunmart_chassis.context import current
from bunmart_chassis.errors import BunmartError
from bunmart_chassis.ids import new_id
from bunmart_chassis.jobs import Jobs

from bunmart_shipping.clients import Clients
from bunmart_shipping.outbox import RememberRecipient, ReportToOrder, TellCustomer
from bunmart_shipping.service import Shipping


def register(jobs: Jobs, shipping: Shipping, clients: Clients) -> None:
    """Register the handlers; each may run more than once."""

    async def report_to_order(job: ReportToOrder) -> None:
        # One job at a time reports all that is due, so that the order hears the states in their sequence. A
        # job that is run again has the same idempotency key.
        call = current()
        owner = (call and call.idempotency_key) or str(new_id())
        report = await shipping.begin_report(job.shipment_id, owner)
        while report is not None:
            try:
                await clients.set_order_shipping(report.shipment_id, report.order_id, report.status)
            except BunmartError:
                await shipping.abandon_report(report)
                raise
            report = await shipping.acknowledge_report(report)

    async def tell_customer(job: TellCustomer) -> None:
        await clients.tell_customer(job.user_id, job.template, job.shipment_id, job.data)

    async def remember_recipient(job: RememberRecipient) -> None:
        await shipping.record_recipient(job.shipment_id, await clients.recipient(job.user_id))

    jobs.on(ReportToOrder, report_to_order)
    jobs.on(TellCustomer, tell_customer)
    jobs.on(RememberRecipient, remember_recipient)
