"""Settings of the shipping service."""

from bunmart_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The common settings; shipping adds none."""
