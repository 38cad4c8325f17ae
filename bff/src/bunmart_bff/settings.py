"""Settings of the BFF."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """The settings that the BFF adds to the common ones."""

    peer_url: str = "http://{service}:8000"
    """REST address of the services, ``{service}`` replaced; behind a sidecar its outbound listener."""
    source_timeout_seconds: float = 3.0
    """The longest wait for the answer of one service, in seconds; then the view is shown without it."""
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
    """The services whose OpenAPI documents are merged at ``/docs``."""
