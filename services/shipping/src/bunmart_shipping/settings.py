"""Settings of the shipping service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """The common settings; shipping adds none."""
