"""Handlers of jobs and schedules."""

from bunmart_chassis.jobs import Jobs

from bunmart_cart.clients import Clients
from bunmart_cart.outbox import RemindOfCart
from bunmart_cart.service import Carts


def register(jobs: Jobs, carts: Carts, clients: Clients) -> None:
    """Register handlers and schedules; each may run more than once."""

    async def remind_of_cart(job: RemindOfCart) -> None:
        items = await carts.list_items_at(job.cart_id, job.version)
        if items:
            await clients.remind_of_cart(job.user_id, job.cart_id, len(items))

    jobs.on(RemindOfCart, remind_of_cart)
    jobs.every("7 * * * *", "remind-of-abandoned-carts", carts.remind_of_abandoned)
    jobs.every("37 3 * * *", "delete-old-session-carts", carts.delete_old_session_carts)
