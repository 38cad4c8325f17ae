"""Settings of the order service."""

from decimal import Decimal

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """What the order service adds to the common settings."""

    shipping_fee: Decimal = Decimal("4.90")
    """Delivery fee in major units of the order's currency."""
    free_shipping_from: Decimal = Decimal("30.00")
    """From this amount of goods after discounts the delivery is free, in major units."""
    payment_check_seconds: float = 35 * 60
    """How long after a payment intent to ask for its outcome if no notice came, in seconds."""
    complete_after_seconds: float = 3 * 24 * 3600
    """How long after delivery an order completes by itself, in seconds."""
