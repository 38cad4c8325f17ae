"""The rules of a shipment's details: who carries it, until when, and whom the driver meets."""

import base64
import secrets
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError

from bunmart_shipping.domain.parcels import Address
from bunmart_shipping.domain.shipments import (
    Shipment,
    ShipmentStatus,
    is_complete,
    require_order_goes_on,
)

_TRACKING_PREFIX = "BM"
_TRACKING_LENGTH = 10
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_EDITABLE = frozenset({ShipmentStatus.PENDING, ShipmentStatus.ASSIGNED, ShipmentStatus.FAILED})


class Details(NamedTuple):
    """The shipping details that an admin or driver submits; None keeps the present value.

    An own driver needs ``driver_id`` and ``vehicle_id``. Without both, a ``carrier`` takes the parcel over,
    with its ``tracking_number``.
    """

    driver_id: UUID | None = None
    vehicle_id: UUID | None = None
    tracking_number: str | None = None
    carrier: str | None = None
    estimated_delivery: datetime | None = None
    notes: str | None = None


class Recipient(NamedTuple):
    """The person whom the driver calls; the phone number is empty when the user gave none."""

    name: str
    phone: str


def require_delivery_time(field: str, value: datetime) -> datetime:
    """Read the time when a delivery is expected.

    Raises:
        InvalidArgumentError: Its year is none in which a parcel arrives; ``field`` is named.
    """
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise InvalidArgumentError.field(field, f"must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


def contact(address: Address | None, user: Recipient) -> Recipient:
    """Return the person at the address; what the address does not say is taken from the user."""
    if address is None:
        return user
    return Recipient(address.recipient or user.name, address.phone or user.phone)


def submit(shipment: Shipment, details: Details, user: Recipient | None) -> Shipment:
    """Return the shipment with its details, assigned; an equal one when nothing changes.

    Raises:
        InvalidArgumentError: It would have neither driver and vehicle, nor a carrier and its tracking number.
        FailedPreconditionError: It is on the road, delivered or cancelled (SHIPMENT_NOT_EDITABLE), or its
            order was cancelled (ORDER_CANCELLED) or has asked to stop it (SHIPMENT_STOPPED).
    """
    assigns = shipment.status in _EDITABLE
    after = _carried(shipment, details)
    if assigns:
        after.status = ShipmentStatus.ASSIGNED
    if after.recipient_name is None and user is not None:
        after.recipient_name, after.recipient_phone = contact(after.address, user)
    if after == shipment:
        return after
    if not assigns:
        raise FailedPreconditionError(
            f"The details of a shipment that is {shipment.status} cannot be changed.",
            code="SHIPMENT_NOT_EDITABLE",
            metadata={"status": shipment.status, "allowed": ", ".join(sorted(_EDITABLE))},
        )
    require_order_goes_on(shipment)
    return after


def _carried(shipment: Shipment, details: Details) -> Shipment:
    given = {name: value for name, value in details._asdict().items() if value is not None}
    after = msgspec.structs.replace(shipment, **given)
    if details.driver_id is None and details.vehicle_id is None and details.carrier:
        after.driver_id = after.vehicle_id = None
        if shipment.driver_id is not None or details.carrier != shipment.carrier:
            # The number was ours, or that of another carrier.
            after.tracking_number = details.tracking_number
    if details.driver_id is not None and shipment.driver_id is None and shipment.tracking_number is not None:
        # A carrier had it: name and number would lead the customer to the wrong place.
        after.carrier, after.tracking_number = details.carrier or "", details.tracking_number
    own = after.driver_id is not None and after.vehicle_id is not None
    if own and after.tracking_number is None:
        after.tracking_number = new_tracking_number()
    if not is_complete(after):
        raise InvalidArgumentError.field(
            _missing(after), "driver and vehicle, or a carrier and its tracking number, are required"
        )
    return after


def _missing(shipment: Shipment) -> str:
    if shipment.driver_id is not None:
        return "vehicle_id"
    return "tracking_number" if shipment.carrier and shipment.vehicle_id is None else "driver_id"


def tracking_differs(before: Shipment, after: Shipment) -> bool:
    """Return True when the customer has something new to follow the parcel with."""
    names = ("tracking_number", "carrier", "estimated_delivery")
    return any(getattr(before, name) != getattr(after, name) for name in names)


def new_tracking_number() -> str:
    """Make a tracking number: ``BM`` and ten characters of base32.

    They hold 50 random bits, so that numbers neither repeat nor can be guessed.
    """
    return _TRACKING_PREFIX + base64.b32encode(secrets.token_bytes(7)).decode()[:_TRACKING_LENGTH]
