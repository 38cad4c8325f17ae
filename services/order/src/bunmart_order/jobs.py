"""Handlers of jobs: calls to peers that must not be lost, and checks that come later."""

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.jobs import Jobs

from bunmart_order.clients import Clients
from bunmart_order.outbox import AnnounceStatus, CheckPayment, CompleteOrder, InvalidateCart
from bunmart_order.service import Orders


def register(jobs: Jobs, orders: Orders, clients: Clients) -> None:
    """Register the handlers; each may run more than once."""

    async def invalidate_cart(job: InvalidateCart) -> None:
        try:
            await clients.invalidate_cart(job.cart_id, job.order_id, job.product_ids)
        except NotFoundError:
            return  # the cart was deleted meanwhile: nothing is left to remove

    async def announce_status(job: AnnounceStatus) -> None:
        data = {"order_id": str(job.order_id), "status": job.status}
        await clients.notify(job.user_id, f"order_{job.status}", job.order_id, data)

    async def check_payment(job: CheckPayment) -> None:
        await orders.check_payment(job.order_id, job.payment_id)

    async def complete_order(job: CompleteOrder) -> None:
        await orders.complete_delivered(job.order_id)

    jobs.on(InvalidateCart, invalidate_cart)
    jobs.on(AnnounceStatus, announce_status)
    jobs.on(CheckPayment, check_payment)
    jobs.on(CompleteOrder, complete_order)
