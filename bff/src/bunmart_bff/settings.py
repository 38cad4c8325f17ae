"""Settings of the BFF."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """What the BFF adds to the common settings."""

    peer_url: str = "http://{service}:8000"
    """REST address of the services, ``{service}`` replaced; behind a sidecar its outbound listener."""
    source_timeout_seconds: float = 3.0
    """How long one source of a view is waited for, in seconds; a view without it is still a view."""
    documented_services: tuple[str, ...] = (
        "product",
        "kitchen",
        "pricing",
        "cart",
        "order",
        "payment",
        "shipping",
        "notification",
        "review",
        "user",
    )
    """Whose OpenAPI documents are merged at ``/docs``."""
