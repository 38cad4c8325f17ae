"""Settings of the shipping service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Settings that the shipping service adds to the common ones."""

    require_receiver_name: bool = False
    """Refuse a delivery by an own driver without the name of the person who took the parcel."""

    require_delivery_picture: bool = False
    """Refuse a delivery by an own driver without a picture."""
    driver_sees_delivered_seconds: float = Field(default=24 * 3600, ge=0)
    """Time after a delivery in which its driver still sees person, address and pictures, in seconds."""
