"""Settings of the kitchen service."""

from uuid import UUID

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """What the kitchen service adds to the common settings."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    alert_user_id: UUID | None = None
    """Who is told in the app that a production is completed; nobody when empty."""
