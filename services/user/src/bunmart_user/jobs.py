"""What happens after a commit, and what is tidied up."""

from bunmart_chassis.jobs import Jobs

from bunmart_user.outbox import SendPasswordReset, SendWelcome
from bunmart_user.service import Users


def register(jobs: Jobs, users: Users) -> None:
    """Register the handlers; each may run more than once."""

    async def send_password_reset(job: SendPasswordReset) -> None:
        await users.send_password_reset(job.email)

    jobs.on(SendWelcome, users.send_welcome)
    jobs.on(SendPasswordReset, send_password_reset)
    jobs.every("41 * * * *", "delete-old-sessions", users.delete_old)
