"""Handlers of the jobs after a commit: calls to peers that must not be lost."""

from bunmart_chassis.jobs import Jobs

from bunmart_kitchen.clients import Clients
from bunmart_kitchen.outbox import AlertCompletion, NotifyOrderPrepared
from bunmart_kitchen.service import Production


def register(jobs: Jobs, production: Production, clients: Clients) -> None:
    """Register the handlers; each may run more than once."""

    async def notify_order_prepared(job: NotifyOrderPrepared) -> None:
        if await production.is_cancelled(job.user_order_id):
            return
        # The order service refuses while it has not noted the production order yet, or has cancelled the
        # order and not said so yet; the job is tried again.
        await clients.notify_order_prepared(job.production_order_id, job.user_order_id)
        await production.record_notified(job.production_order_id)

    async def alert_completion(job: AlertCompletion) -> None:
        await clients.alert_completion(job.user_id, job.production_order_id, job.user_order_id)

    jobs.on(NotifyOrderPrepared, notify_order_prepared)
    jobs.on(AlertCompletion, alert_completion)
