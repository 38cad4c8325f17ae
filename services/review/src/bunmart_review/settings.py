"""Settings of the review service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """What the review service adds to the common settings."""

    require_delivery: bool = True
    """Whether only a customer who received the product may review it."""
    publish_at_once: bool = True
    """False: a new or changed review waits as PENDING until an admin publishes it."""
    hide_after_flags: int = 3
    """How many different users must flag a review until it is hidden."""
