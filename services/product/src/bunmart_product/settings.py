"""Settings of the product service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """What the product service adds to the common settings."""

    max_images: int = Field(default=20, ge=1, le=100)
    """So many images may a product have."""
