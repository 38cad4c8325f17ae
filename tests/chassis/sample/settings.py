"""Settings of the sample."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """The common settings."""
