"""The handlers of jobs after a commit, and the schedules that delete what has expired."""

from bunmart_chassis.jobs import Jobs

from bunmart_user.outbox import SendPasswordReset, SendWelcome
from bunmart_user.service import Users


def register(jobs: Jobs, users: Users) -> None:
    """Register the handlers; each may run more than once."""
    jobs.on(SendWelcome, users.send_welcome)
    jobs.on(SendPasswordReset, users.send_password_reset)
    jobs.every("* * * * *", "forget-successors", users.forget_successors)
    jobs.every("41 * * * *", "delete-old-sessions", users.delete_expired)
