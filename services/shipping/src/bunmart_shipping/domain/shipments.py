"""The rules of a shipment: its states, its details, the reports that are due to the order service."""

import base64
import enum
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError
from bunmart_chassis.ids import new_id

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


class Details(NamedTuple):
    """The shipping details that an admin or driver submits; None keeps the present value."""

    driver_id: UUID
    vehicle_id: UUID
    tracking_number: str | None = None
    carrier: str | None = None
    estimated_delivery: datetime | None = None
    notes: str | None = None


class Recipient(NamedTuple):
    """The person whom the driver calls; the phone number is empty when the user gave none."""

    name: str
    phone: str


def new_shipment(
    order_id: UUID,
    *,
    user_id: UUID,
    shipping_address_id: UUID,
    product_ids: Sequence[UUID],
    carrier: str,
    now: datetime,
) -> Shipment:
    """Make the shipment of an order in its first state, PENDING without details."""
    return Shipment(
        id=new_id(),
        order_id=order_id,
        user_id=user_id,
        shipping_address_id=shipping_address_id,
        product_ids=list(product_ids),
        carrier=carrier,
        tracking_number=None,
        status=ShipmentStatus.PENDING,
        driver_id=None,
        vehicle_id=None,
        recipient_name=None,
        recipient_phone=None,
        notes="",
        estimated_delivery=None,
        delivered_at=None,
        order_status_confirmed=None,
        created_at=now,
        updated_at=now,
        version=1,
    )


def require_transition(current: ShipmentStatus, target: ShipmentStatus) -> None:
    """Refuse a move that the table of transitions does not have.

    Raises:
        FailedPreconditionError: It has none (SHIPMENT_TRANSITION_NOT_ALLOWED); ``metadata.allowed`` names
            the states that it has.
    """
    if target not in TRANSITIONS[current]:
        allowed = ", ".join(sorted(TRANSITIONS[current])) or "none"
        raise FailedPreconditionError(
            f"A shipment that is {current} cannot become {target}; allowed: {allowed}.",
            code="SHIPMENT_TRANSITION_NOT_ALLOWED",
            metadata={"status": current, "allowed": allowed},
        )


def move(shipment: Shipment, target: ShipmentStatus, now: datetime) -> Shipment:
    """Return the shipment in its new state; an equal one when it is in that state already.

    Raises:
        FailedPreconditionError: It cannot go there (SHIPMENT_TRANSITION_NOT_ALLOWED), or it would be assigned
            without driver and vehicle (SHIPMENT_DETAILS_MISSING).
    """
    if shipment.status is target:
        return shipment
    require_transition(shipment.status, target)
    if target is ShipmentStatus.ASSIGNED and None in (shipment.driver_id, shipment.vehicle_id):
        raise FailedPreconditionError("Submit driver and vehicle first.", code="SHIPMENT_DETAILS_MISSING")
    delivered_at = now if target is ShipmentStatus.DELIVERED else None
    return msgspec.structs.replace(shipment, status=target, delivered_at=delivered_at)


def submit(shipment: Shipment, details: Details, recipient: Recipient | None) -> Shipment:
    """Return the shipment with its details, assigned; an equal one when nothing changes.

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
    """Return True when the customer has something new to follow the parcel with."""
    names = ("tracking_number", "carrier", "estimated_delivery")
    return any(getattr(before, name) != getattr(after, name) for name in names)


def unreported(status: ShipmentStatus, confirmed: OrderStatus | None) -> list[OrderStatus]:
    """List the states of the order that are due to the order service: shipping always before shipped."""
    due = list(OrderStatus) if status is ShipmentStatus.DELIVERED else []
    if status in _ON_ITS_WAY:
        due = [OrderStatus.SHIPPING]
    return due if confirmed is None else due[list(OrderStatus).index(confirmed) + 1 :]


def require_version(shipment: Shipment, version: int | None) -> None:
    """Refuse a change that was decided on an older version; None decides on any.

    Raises:
        AbortedError: The shipment has another version by now (SHIPMENT_CHANGED).
    """
    if version is not None and version != shipment.version:
        raise AbortedError(
            "Somebody changed this shipment meanwhile; read it again.",
            code="SHIPMENT_CHANGED",
            metadata={"version": str(shipment.version)},
        )


def new_tracking_number() -> str:
    """Make a tracking number: ``BM`` and ten characters of base32.

    They hold 50 random bits, so that numbers neither repeat nor can be guessed.
    """
    return _TRACKING_PREFIX + base64.b32encode(secrets.token_bytes(7)).decode()[:_TRACKING_LENGTH]
