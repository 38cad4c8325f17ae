"""The job handlers of the review service: messages to authors, sent after the commit."""

from bunmart_chassis.jobs import Jobs

from bunmart_review.clients import Clients
from bunmart_review.outbox import NotifyAuthor


def register(jobs: Jobs, clients: Clients) -> None:
    """Register the handlers; each may run more than once."""

    async def notify_author(job: NotifyAuthor) -> None:
        await clients.notify(job.user_id, job.template, job.review_id, job.data)

    jobs.on(NotifyAuthor, notify_author)
