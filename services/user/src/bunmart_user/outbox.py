"""The jobs that the user service runs after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class SendWelcome(JobPayload, frozen=True):
    """Greet a new user."""

    user_id: UUID


class SendPasswordReset(JobPayload, frozen=True):
    """Send the link of a password reset, if somebody has that address. The token is made by the job."""

    email: str
