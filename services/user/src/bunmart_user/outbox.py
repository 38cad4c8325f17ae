"""The jobs that the user service runs after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class SendWelcome(JobPayload, frozen=True):
    """Greet a new user."""

    user_id: UUID


class SendPasswordReset(JobPayload, frozen=True):
    """Send the link of a password reset, if somebody has that address. The token is made by the job.

    ``credentials_version`` is that of the account when the reset was asked for, 0 without an account, and
    None in a job of the release before.
    """

    email: str
    credentials_version: int | None = None
