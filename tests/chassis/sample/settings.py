"""Settings of the sample."""

from bunmart_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The common settings."""
