"""Settings of the product service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Settings that the product service adds to the common ones."""

    max_images: int = Field(default=20, ge=1, le=100)
    """Number of images that a product may have."""
