"""The jobs of the order service, which run after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class InvalidateCart(JobPayload, frozen=True):
    """Remove the ordered products from the cart that the order came from."""

    cart_id: UUID
    order_id: UUID
    product_ids: list[UUID]


class AnnounceStatus(JobPayload, frozen=True):
    """Tell the customer about a new state."""

    order_id: UUID
    user_id: UUID
    status: str


class CheckPayment(JobPayload, frozen=True):
    """Ask for the outcome of a payment whose notice never came."""

    order_id: UUID
    payment_id: UUID


class CompleteOrder(JobPayload, frozen=True):
    """Complete a delivered order that nobody completed."""

    order_id: UUID
