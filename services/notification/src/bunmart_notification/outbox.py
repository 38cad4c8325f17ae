"""The work of the notification service after a commit. The class name is the name of the job."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class Deliver(JobPayload, frozen=True):
    """Hand a notification to the mail server."""

    notification_id: UUID
