"""What happens after a commit: calls to peers that must not be lost, and checks that come later."""

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.jobs import Jobs

from bunmart_order.clients import Clients
from bunmart_order.domain import OrderStatus
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
        status = await clients.payment_status(job.payment_id)
        if status == "PENDING":
            return
        try:
            await orders.record_payment_result(job.order_id, job.payment_id, status, actor="order")
        except FailedPreconditionError:
            return  # the order moved on; payment refunds when its own notice is refused

    async def complete_order(job: CompleteOrder) -> None:
        try:
            await orders.set_status(
                job.order_id, OrderStatus.COMPLETED, actor="order", reason="no complaint after delivery"
            )
        except FailedPreconditionError:
            return

    jobs.on(InvalidateCart, invalidate_cart)
    jobs.on(AnnounceStatus, announce_status)
    jobs.on(CheckPayment, check_payment)
    jobs.on(CompleteOrder, complete_order)
