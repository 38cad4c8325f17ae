"""Settings of the payment service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Settings that the payment service adds to the common ones."""

    stripe_api_key: str = Field(default="", repr=False)
    """Secret key of the Stripe account, ``sk_…``."""
    stripe_base_url: str = ""
    """URL of Stripe's API; empty means Stripe itself."""
    stripe_public_url: str = ""
    """That URL as a browser reaches it, where it is another one; empty means the same."""
    stripe_webhook_secret: str = Field(default="", repr=False)
    """Signing secret of the webhook endpoint, ``whsec_…``; without it every webhook is refused."""
    stripe_publishable_key: str = "pk_test_bunmart"
    """Key with which the browser confirms payments, ``pk_…``; no secret."""
    stripe_timeout_seconds: float = Field(default=4, gt=0)
    """The longest that one request to Stripe may take, in seconds."""
    stripe_retries: int = Field(default=2, ge=0, le=5)
    """Number of repeats of a request to Stripe after a network error or a 5xx; the SDK waits between."""
    intent_lifetime_seconds: float = Field(default=1800, gt=0)
    """Time in which a payment intent can be paid, in seconds."""
    sweep_after_seconds: float = Field(default=300, gt=0)
    """Time without news of a pending payment after which Stripe is asked, in seconds."""
    sweep_batch: int = Field(default=200, ge=1, le=1000)
    """Number of payments, and of refunds, that one sweep looks at."""
