"""Handlers of jobs: calls to peers that must not be lost, and checks that come later."""

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.jobs import Jobs

from bunmart_order.clients import Clients
from bunmart_order.outbox import (
    AnnounceStatus,
    CarryRefund,
    CheckPayment,
    ClosePayments,
    CompleteOrder,
    ExpireOrder,
    InvalidateCart,
    RestoreCart,
    SendCreditNote,
    SettleCoupons,
    StopProduction,
    StopShipment,
)
from bunmart_order.service import Orders


def register(jobs: Jobs, orders: Orders, clients: Clients) -> None:
    """Register the handlers and the schedule; each may run more than once."""

    async def invalidate_cart(job: InvalidateCart) -> None:
        try:
            await clients.invalidate_cart(job.cart_id, job.order_id, job.product_ids)
        except NotFoundError:
            return  # the cart was deleted meanwhile: nothing is left to remove

    async def announce_status(job: AnnounceStatus) -> None:
        await orders.announce(job.order_id, job.user_id, job.status)

    async def send_credit_note(job: SendCreditNote) -> None:
        await orders.send_credit_note(job.order_id, job.refund_id)

    async def check_payment(job: CheckPayment) -> None:
        await orders.check_payment(job.order_id, job.payment_id)

    async def complete_order(job: CompleteOrder) -> None:
        await orders.complete_delivered(job.order_id)

    jobs.on(InvalidateCart, invalidate_cart)
    jobs.on(AnnounceStatus, announce_status)
    jobs.on(SendCreditNote, send_credit_note)
    jobs.on(CheckPayment, check_payment)
    jobs.on(CompleteOrder, complete_order)
    _register_ends(jobs, orders)


def _register_ends(jobs: Jobs, orders: Orders) -> None:
    """Register what follows from a cancellation, a refund or the expiry of an order."""

    async def close_payments(job: ClosePayments) -> None:
        await orders.close_payments(job.order_id)

    async def stop_production(job: StopProduction) -> None:
        await orders.stop_production(job.order_id, job.reason)

    async def stop_shipment(job: StopShipment) -> None:
        await orders.stop_shipment(job)

    async def settle_coupons(job: SettleCoupons) -> None:
        await orders.settle_coupons(job.order_id)

    async def restore_cart(job: RestoreCart) -> None:
        await orders.restore_cart(job.order_id)

    async def expire_order(job: ExpireOrder) -> None:
        await orders.expire(job.order_id)

    jobs.on(ClosePayments, close_payments)
    jobs.on(CarryRefund, orders.carry_refund)
    jobs.on(StopProduction, stop_production)
    jobs.on(StopShipment, stop_shipment)
    jobs.on(SettleCoupons, settle_coupons)
    jobs.on(RestoreCart, restore_cart)
    jobs.on(ExpireOrder, expire_order)
    jobs.every("*/10 * * * *", "expire_orders", orders.expire_unpaid)
