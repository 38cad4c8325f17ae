"""The job that runs after a commit: delivery."""

from bunmart_chassis.jobs import Jobs

from bunmart_notification.outbox import Deliver
from bunmart_notification.service import Notifications


def register(jobs: Jobs, notifications: Notifications) -> None:
    """Register the handler; it may run more than once for a notification."""

    async def deliver(job: Deliver) -> None:
        await notifications.deliver(job.notification_id)

    jobs.on(Deliver, deliver)
