"""Settings of the review service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """Settings that the review service adds to the common ones."""

    require_delivery: bool = True
    """``true``: only a customer who received the product may review it."""
    publish_at_once: bool = True
    """``false``: a new or changed review waits as PENDING until an admin publishes it."""
    hide_after_flags: int = 3
    """Number of users who must flag a review until it is hidden."""
