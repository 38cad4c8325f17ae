"""Settings of the kitchen service."""

from uuid import UUID

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Settings that the kitchen service adds to the common ones."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    alert_user_id: UUID | None = None
    """Id of the user who is told in the app that a production is completed; empty tells nobody."""
