"""What the notification service does after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class Deliver(JobPayload, frozen=True):
    """Hand a notification to the mail server."""

    notification_id: UUID
