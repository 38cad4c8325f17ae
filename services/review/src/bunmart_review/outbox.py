"""What the review service does after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class NotifyAuthor(JobPayload, frozen=True):
    """Tell the author of a review what became of it."""

    review_id: UUID
    user_id: UUID
    template: str
    data: dict[str, str]
