"""Settings of the cart service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Settings that the cart service adds to the common ones."""

    abandoned_after_seconds: float = Field(default=24 * 3600, gt=0)
    """Time without a change of its items after which a customer is reminded of the cart, in seconds."""
    session_cart_seconds: float = Field(default=30 * 24 * 3600, gt=0)
    """Time without a change after which an anonymous cart is deleted, in seconds."""
    repeated_click_seconds: float = Field(default=10, ge=0)
    """Time after a checkout in which a click on the emptied cart gets the same order, in seconds."""
