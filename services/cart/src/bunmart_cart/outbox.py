"""The jobs of the cart service, which run after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class RemindOfCart(JobPayload, frozen=True):
    """Remind a customer of a cart that was left at this version."""

    cart_id: UUID
    user_id: UUID
    version: int
