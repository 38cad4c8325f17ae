"""Settings of the shipping service."""

from bunmart_chassis.lifecycle import ServiceSettings


class Settings(ServiceSettings):
    """Settings that the shipping service adds to the common ones."""

    require_receiver_name: bool = False
    """Refuse a delivery by an own driver without the name of the person who took the parcel."""

    require_delivery_picture: bool = False
    """Refuse a delivery by an own driver without a picture."""
