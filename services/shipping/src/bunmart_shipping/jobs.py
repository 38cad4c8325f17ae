"""Handlers of the jobs after a commit: calls to peers that must not be lost."""

from bunmart_chassis.jobs import Jobs

from bunmart_shipping import domain
from bunmart_shipping.clients import Clients
from bunmart_shipping.outbox import RememberRecipient, ReportToOrder, TellCustomer
from bunmart_shipping.service import Shipping


def register(jobs: Jobs, shipping: Shipping, clients: Clients) -> None:
    """Register the handlers; each may run more than once."""

    async def report_to_order(job: ReportToOrder) -> None:
        # One job reports all that is due, so that "shipped" never overtakes "shipping".
        shipment = await shipping.get(job.shipment_id)
        for status in domain.unreported(shipment.status, shipment.order_status_confirmed):
            await clients.set_order_shipping(shipment.id, shipment.order_id, status)
            await shipping.record_confirmed(shipment.id, status)

    async def tell_customer(job: TellCustomer) -> None:
        await clients.tell_customer(job.user_id, job.template, job.shipment_id, job.data)

    async def remember_recipient(job: RememberRecipient) -> None:
        await shipping.record_recipient(job.shipment_id, await clients.recipient(job.user_id))

    jobs.on(ReportToOrder, report_to_order)
    jobs.on(TellCustomer, tell_customer)
    jobs.on(RememberRecipient, remember_recipient)
