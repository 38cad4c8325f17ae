"""Settings of the order service."""

from decimal import Decimal

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """Settings that the order service adds to the common ones."""

    shipping_fee: Decimal = Decimal("4.90")
    """Delivery fee, in major units of the order's currency."""
    free_shipping_from: Decimal = Decimal("30.00")
    """Amount of goods after discounts from which the delivery is free, in major units."""
    payment_check_seconds: float = 35 * 60
    """Time after a payment intent at which order asks for its outcome if no notice came, in seconds."""
    complete_after_seconds: float = 3 * 24 * 3600
    """Time after delivery at which an order completes by itself, in seconds."""
