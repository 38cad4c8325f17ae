"""The rules of a shipment, without I/O: its states, who may move it, what the order service is told."""

import base64
import enum
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, PermissionDeniedError

MAX_CARRIER = 80
MAX_PRODUCTS = 200
MAX_NOTES = 2000
"""Characters of the notes for the driver."""
_TRACKING_PREFIX = "BM"
_TRACKING_LENGTH = 10


class ShipmentStatus(enum.StrEnum):
    """States of a shipment; PENDING is the shipping intent, or shipping request."""

    PENDING = "PENDING"
    ASSIGNED = "ASSIGNED"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class OrderStatus(enum.StrEnum):
    """States of an order that a shipment brings about, in their order."""

    SHIPPING = "shipping"
    SHIPPED = "shipped"


class VehicleKind(enum.StrEnum):
    """Kinds of vehicles."""

    BIKE = "BIKE"
    CAR = "CAR"
    VAN = "VAN"
    TRUCK = "TRUCK"


_S = ShipmentStatus
TRANSITIONS: Mapping[ShipmentStatus, frozenset[ShipmentStatus]] = {
    _S.PENDING: frozenset({_S.ASSIGNED, _S.CANCELLED}),
    _S.ASSIGNED: frozenset({_S.OUT_FOR_DELIVERY, _S.CANCELLED}),
    _S.OUT_FOR_DELIVERY: frozenset({_S.DELIVERED, _S.FAILED}),
    _S.FAILED: frozenset({_S.OUT_FOR_DELIVERY, _S.ASSIGNED, _S.CANCELLED}),
    _S.DELIVERED: frozenset(),
    # There is one shipment per order, so a cancelled one must be able to start again.
    _S.CANCELLED: frozenset({_S.PENDING}),
}
BY_DRIVER = frozenset({_S.OUT_FOR_DELIVERY, _S.DELIVERED, _S.FAILED})
"""States that a driver may set on his own shipments."""
ANNOUNCED: Mapping[ShipmentStatus, str] = {
    _S.OUT_FOR_DELIVERY: "shipment_out_for_delivery",
    _S.DELIVERED: "shipment_delivered",
}
"""States that the customer is told about, with the template."""
_EDITABLE = frozenset({_S.PENDING, _S.ASSIGNED, _S.FAILED})
_ON_ITS_WAY = frozenset({_S.ASSIGNED, _S.OUT_FOR_DELIVERY, _S.FAILED})


class Shipment(msgspec.Struct):
    """A parcel of one order.

    Attributes:
        carrier: Empty means our own drivers.
        recipient_name: None until the user service was asked.
        order_status_confirmed: The last state that the order service acknowledged.
        version: Counts the changes.
    """

    id: UUID
    order_id: UUID
    user_id: UUID
    shipping_address_id: UUID
    product_ids: list[UUID]
    carrier: str
    tracking_number: str | None
    status: ShipmentStatus
    driver_id: UUID | None
    vehicle_id: UUID | None
    recipient_name: str | None
    recipient_phone: str | None
    notes: str
    estimated_delivery: datetime | None
    delivered_at: datetime | None
    order_status_confirmed: OrderStatus | None
    created_at: datetime
    updated_at: datetime
    version: int


class ShipmentEvent(msgspec.Struct):
    """One entry of a shipment's history."""

    id: UUID
    shipment_id: UUID
    from_status: ShipmentStatus | None
    to_status: ShipmentStatus
    actor: str
    reason: str
    created_at: datetime


class Driver(msgspec.Struct):
    """Somebody who delivers; ``user_id`` is the account with which he signs in."""

    id: UUID
    user_id: UUID | None
    name: str
    phone: str
    active: bool
    created_at: datetime
    updated_at: datetime


class Vehicle(msgspec.Struct):
    """What is driven."""

    id: UUID
    plate: str
    kind: VehicleKind
    active: bool
    created_at: datetime
    updated_at: datetime


class Details(NamedTuple):
    """What an admin or driver submits; None keeps what is there."""

    driver_id: UUID
    vehicle_id: UUID
    tracking_number: str | None = None
    carrier: str | None = None
    estimated_delivery: datetime | None = None
    notes: str | None = None


class Recipient(NamedTuple):
    """Whom the driver calls; the phone number is empty when the user gave none."""

    name: str
    phone: str


class Actor(NamedTuple):
    """Who acts: an admin (or a service), the driver of an account, or a customer.

    Attributes:
        name: ``user:<id>`` or the calling service, for the history.
        is_admin: Whether everything is allowed.
        user_id: The account, if a person acts.
        driver_id: The active driver behind the account, if any.
    """

    name: str
    is_admin: bool = False
    user_id: UUID | None = None
    driver_id: UUID | None = None

    def owns(self, shipment: Shipment) -> bool:
        """Whether this is the driver of the shipment."""
        return self.driver_id is not None and shipment.driver_id == self.driver_id

    def require_may_read(self, shipment: Shipment) -> None:
        """Admins, the customer, the shipment's driver; a driver also reads what waits for one."""
        waiting = self.driver_id is not None and shipment.status is ShipmentStatus.PENDING
        if not (self.is_admin or self.owns(shipment) or waiting or self.user_id == shipment.user_id):
            raise PermissionDeniedError("This shipment belongs to somebody else.")

    def require_may_submit(self, shipment: Shipment, driver_id: UUID) -> None:
        """Admins; a driver may take on a shipment that has no other driver."""
        free = shipment.driver_id is None or self.owns(shipment)
        if not (self.is_admin or (self.driver_id is not None and driver_id == self.driver_id and free)):
            raise PermissionDeniedError("A driver can only take on a shipment himself.")

    def require_may_move(self, shipment: Shipment, target: ShipmentStatus) -> None:
        """Admins; the shipment's driver for the states of a delivery."""
        if not (self.is_admin or (self.owns(shipment) and target in BY_DRIVER)):
            raise PermissionDeniedError("Only an admin or the driver of this shipment can do this.")


def transition(current: ShipmentStatus, target: ShipmentStatus) -> bool:
    """Decide whether a shipment moves.

    Returns:
        True when it moves; False when it is there already, which is acknowledged and changes nothing.

    Raises:
        FailedPreconditionError: The table does not allow it; ``metadata.allowed`` names what it does allow.
    """
    if current is target:
        return False
    if target in TRANSITIONS[current]:
        return True
    allowed = ", ".join(sorted(TRANSITIONS[current])) or "none"
    raise FailedPreconditionError(
        f"A shipment that is {current} cannot become {target}; allowed: {allowed}.",
        code="SHIPMENT_TRANSITION_NOT_ALLOWED",
        metadata={"status": current, "allowed": allowed},
    )


def move(shipment: Shipment, target: ShipmentStatus, now: datetime) -> Shipment:
    """The shipment in its new state; the same object when it is there already.

    Raises:
        FailedPreconditionError: Not allowed, or assigned without driver and vehicle
            (SHIPMENT_DETAILS_MISSING).
    """
    if not transition(shipment.status, target):
        return shipment
    if target is ShipmentStatus.ASSIGNED and None in (shipment.driver_id, shipment.vehicle_id):
        raise FailedPreconditionError("Submit driver and vehicle first.", code="SHIPMENT_DETAILS_MISSING")
    delivered_at = now if target is ShipmentStatus.DELIVERED else None
    return msgspec.structs.replace(shipment, status=target, delivered_at=delivered_at)


def submit(shipment: Shipment, details: Details, recipient: Recipient | None) -> Shipment:
    """The shipment with its details, assigned; an equal one when nothing would change.

    Raises:
        FailedPreconditionError: It is on the road, delivered or cancelled (SHIPMENT_NOT_EDITABLE).
    """
    assigns = shipment.status in _EDITABLE
    given = {name: value for name, value in details._asdict().items() if value is not None}
    after = msgspec.structs.replace(
        shipment, **given, status=ShipmentStatus.ASSIGNED if assigns else shipment.status
    )
    if after.tracking_number is None:
        after.tracking_number = new_tracking_number()
    if after.recipient_name is None and recipient is not None:
        after.recipient_name, after.recipient_phone = recipient
    if after != shipment and not assigns:
        raise FailedPreconditionError(
            f"The details of a shipment that is {shipment.status} cannot be changed.",
            code="SHIPMENT_NOT_EDITABLE",
            metadata={"status": shipment.status, "allowed": ", ".join(sorted(_EDITABLE))},
        )
    return after


def tracking_differs(before: Shipment, after: Shipment) -> bool:
    """Whether the customer has something new to follow the parcel with."""
    names = ("tracking_number", "carrier", "estimated_delivery")
    return any(getattr(before, name) != getattr(after, name) for name in names)


def unreported(status: ShipmentStatus, confirmed: OrderStatus | None) -> list[OrderStatus]:
    """What the order service has to be told, in this order: an order cannot be shipped before shipping."""
    due = list(OrderStatus) if status is ShipmentStatus.DELIVERED else []
    if status in _ON_ITS_WAY:
        due = [OrderStatus.SHIPPING]
    return due if confirmed is None else due[list(OrderStatus).index(confirmed) + 1 :]


def require_version(shipment: Shipment, version: int | None) -> None:
    """Refuse a change that was decided on an older state (ABORTED); None decides on any."""
    if version is not None and version != shipment.version:
        raise AbortedError(
            "Somebody changed this shipment meanwhile; read it again.",
            code="SHIPMENT_CHANGED",
            metadata={"version": str(shipment.version)},
        )


def new_tracking_number() -> str:
    """``BM`` and ten characters of base32: 50 random bits, so numbers neither repeat nor can be guessed."""
    return _TRACKING_PREFIX + base64.b32encode(secrets.token_bytes(7)).decode()[:_TRACKING_LENGTH]
