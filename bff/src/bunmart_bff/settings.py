"""Settings of the BFF."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """Settings that the BFF adds to the common ones."""

    peer_url: str = "http://{service}:8000"
    """URL of the services' REST, ``{service}`` replaced; behind a sidecar its outbound listener."""
    source_timeout_seconds: float = 3.0
    """Time that a view waits for one of its sources, in seconds; then it is answered without that source."""
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
    """Services whose OpenAPI documents are merged at ``/docs``, as a JSON list."""
