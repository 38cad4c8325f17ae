"""Settings of the payment service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """What the payment service adds to the common settings."""

    stripe_api_key: str = Field(default="", repr=False)
    """Secret key of the Stripe account, ``sk_…``."""
    stripe_base_url: str = ""
    """Where Stripe's API is; empty means Stripe itself."""
    stripe_public_url: str = ""
    """The same as a browser reaches it, where that is another address; empty means the same."""
    stripe_webhook_secret: str = Field(default="", repr=False)
    """Signing secret of the webhook endpoint, ``whsec_…``; without it every webhook is refused."""
    stripe_publishable_key: str = "pk_test_bunmart"
    """What the browser confirms payments with, ``pk_…``; no secret."""
    stripe_timeout_seconds: float = Field(default=4, gt=0)
    """The longest that one request to Stripe may take, in seconds."""
    stripe_retries: int = Field(default=2, ge=0, le=5)
    """How often a request to Stripe is sent again after a network error or a 5xx; the SDK waits between."""
    intent_lifetime_seconds: float = Field(default=1800, gt=0)
    """How long a payment intent can be paid, in seconds."""
    sweep_after_seconds: float = Field(default=300, gt=0)
    """Ask Stripe about a pending payment that nothing was heard of for so long, in seconds."""
    sweep_batch: int = Field(default=200, ge=1, le=1000)
    """How many payments, and how many refunds, one sweep looks at."""
