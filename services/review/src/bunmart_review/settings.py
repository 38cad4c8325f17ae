"""Settings of the review service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """The settings that the review service adds to the common ones."""

    require_delivery: bool = True
    """True: only a customer to whom the product was delivered may review it."""
    publish_at_once: bool = True
    """False: a new or changed review waits as PENDING until an admin publishes it."""
    hide_after_flags: int = 3
    """The number of different users whose flags hide a review."""
