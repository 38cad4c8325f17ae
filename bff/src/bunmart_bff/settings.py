"""Settings of the BFF."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
<<<<<<< HEAD
    """Settings that the BFF adds to the common ones."""
=======
    """The settings that the BFF adds to the common ones."""
>>>>>>> conv-product

    peer_url: str = "http://{service}:8000"
    """URL of the services' REST, ``{service}`` replaced; behind a sidecar its outbound listener."""
    source_timeout_seconds: float = 3.0
<<<<<<< HEAD
    """Time that a view waits for one of its sources, in seconds; then it is answered without that source."""
=======
    """The longest wait for the answer of one service, in seconds; then the view is shown without it."""
>>>>>>> conv-product
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
<<<<<<< HEAD
    """Services whose OpenAPI documents are merged at ``/docs``, as a JSON list."""
=======
    """The services whose OpenAPI documents are merged at ``/docs``."""
>>>>>>> conv-product
