"""The jobs that the review service runs after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class NotifyAuthor(JobPayload, frozen=True):
    """Tell the author of a review that its status has changed."""

    review_id: UUID
    user_id: UUID
    template: str
    data: dict[str, str]
