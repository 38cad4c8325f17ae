"""Settings of the order service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """Settings that the order service adds to the common ones."""

    quote_lifetime_seconds: float = 24 * 3600
    """Time for which the prices that a customer saw can be paid, in seconds."""
    pending_lifetime_seconds: float = 48 * 3600
    """Time after which an order that nobody has paid expires, in seconds."""
    coupon_hold_seconds: int = 40 * 60
    """Time for which Pay reserves the coupons, longer than a payment lives, in seconds."""
    payment_check_seconds: float = 35 * 60
    """Time after a payment intent at which order asks for its outcome if no notice came, in seconds."""
    refund_check_seconds: float = 3600
    """Time after which order asks again how far a refund is, in seconds."""
    shipment_check_seconds: float = 3600
    """Time after which order asks again for the parcel of a cancelled order on the road, in seconds."""
    complete_after_seconds: float = 3 * 24 * 3600
    """Time after delivery at which an order completes by itself, in seconds."""
