"""Settings of the pricing service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """Settings that the pricing service adds to the common ones."""

    currency_code: str = "EUR"
    """The shop's currency (ISO 4217): that of a price whose author names none."""
