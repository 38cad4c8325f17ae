"""Settings of the cart service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """What the cart service adds to the common settings."""

    abandoned_after_seconds: float = Field(default=24 * 3600, gt=0)
    """A customer is reminded of a cart whose items nobody touched for so long, in seconds."""
    session_cart_seconds: float = Field(default=30 * 24 * 3600, gt=0)
    """An anonymous cart that nobody touched for so long is deleted, in seconds."""
