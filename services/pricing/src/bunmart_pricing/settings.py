"""Settings of the pricing service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """What the pricing service adds to the common settings."""

    currency_code: str = "EUR"
    """The shop's currency (ISO 4217): what a price is in when its author names none."""
