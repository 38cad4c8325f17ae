"""The rules of a shipment: its states, and what is kept of its order."""

import enum
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id

from bunmart_shipping.domain.parcels import Address, Parcel

MAX_REASON = 200


class ShipmentStatus(enum.StrEnum):
    """States of a shipment; PENDING is the shipping intent, or shipping request."""

    PENDING = "PENDING"
    ASSIGNED = "ASSIGNED"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class OrderStatus(enum.StrEnum):
    """States of an order that a shipment brings about; packed when the delivery was given up."""

    PACKED = "packed"
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
    _S.FAILED: "shipment_failed",
}
"""States that the customer is told about, with the template."""
_IN_HANDS = frozenset({_S.ASSIGNED, _S.OUT_FOR_DELIVERY, _S.FAILED, _S.DELIVERED})


class Shipment(msgspec.Struct):
    """A parcel.

    Attributes:
        order_id: The order; None for a parcel that nobody ordered, such as samples.
        carrier: Empty means our own drivers.
        recipient_name: None until the user service was asked.
        notes: Of the staff, for the driver.
        order_status_confirmed: The last state that was reported, once the order service acknowledged it.
        version: Counts the changes.
        order_note: The customer's note.
        address: None when the order service did not say it.
        order_cancelled: True when the order was cancelled: nothing more is delivered for it.
        stop_asked: True when order has asked to stop this delivery: it goes out no second time.
        received_by: The person who took the parcel.
        order_status_told: The last state that was reported to the order service, acknowledged or not.
        report_owner: The job that reports now; None when none does.
    """

    id: UUID
    order_id: UUID | None
    user_id: UUID
    shipping_address_id: UUID | None
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
    order_number: str
    order_note: str
    address: Address | None
    order_cancelled: bool
    received_by: str
    order_status_told: OrderStatus | None
    report_owner: str | None
    report_started_at: datetime | None
    stop_asked: bool

    @property
    def in_hands(self) -> bool:
        """True while somebody carries the parcel, or has delivered it."""
        return self.status in _IN_HANDS


class ShipmentEvent(msgspec.Struct):
    """One entry of a shipment's history."""

    id: UUID
    shipment_id: UUID
    from_status: ShipmentStatus | None
    to_status: ShipmentStatus
    actor: str
    reason: str
    created_at: datetime


def new_shipment(order_id: UUID | None, parcel: Parcel, now: datetime) -> Shipment:
    """Make a shipment in its first state, PENDING without details."""
    name, phone = _person(parcel.address)
    return Shipment(
        id=new_id(),
        order_id=order_id,
        user_id=parcel.user_id,
        shipping_address_id=parcel.shipping_address_id,
        product_ids=list(parcel.product_ids),
        carrier=parcel.carrier,
        tracking_number=None,
        status=ShipmentStatus.PENDING,
        driver_id=None,
        vehicle_id=None,
        recipient_name=name,
        recipient_phone=phone,
        notes="",
        estimated_delivery=None,
        delivered_at=None,
        order_status_confirmed=None,
        created_at=now,
        updated_at=now,
        version=1,
        order_number=parcel.order_number,
        order_note=parcel.order_note,
        address=parcel.address,
        order_cancelled=False,
        received_by="",
        order_status_told=None,
        report_owner=None,
        report_started_at=None,
        stop_asked=False,
    )


def _person(address: Address | None) -> tuple[str | None, str | None]:
    if address is None or not (address.recipient and address.phone):
        return None, None
    return address.recipient, address.phone


def restart(shipment: Shipment, parcel: Parcel) -> Shipment:
    """Return a cancelled shipment as it waits for its details again, with the parcel as it is now."""
    name, phone = _person(parcel.address)
    return msgspec.structs.replace(
        _waiting(shipment),
        user_id=parcel.user_id,
        shipping_address_id=parcel.shipping_address_id,
        product_ids=list(parcel.product_ids),
        carrier=parcel.carrier,
        recipient_name=name,
        recipient_phone=phone,
        order_number=parcel.order_number,
        order_note=parcel.order_note,
        address=parcel.address,
        stop_asked=False,
    )


def _waiting(shipment: Shipment) -> Shipment:
    # Another driver may take it on, and a new attempt has a new number.
    return msgspec.structs.replace(
        shipment,
        status=ShipmentStatus.PENDING,
        driver_id=None,
        vehicle_id=None,
        tracking_number=None,
        estimated_delivery=None,
    )


def is_complete(shipment: Shipment) -> bool:
    """Return True with driver and vehicle, or with a carrier, and in both cases with a tracking number."""
    driven = None not in (shipment.driver_id, shipment.vehicle_id)
    carried = shipment.carrier != "" and shipment.driver_id is None and shipment.vehicle_id is None
    return shipment.tracking_number is not None and (driven or carried)


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


def move(shipment: Shipment, target: ShipmentStatus, now: datetime, *, received_by: str = "") -> Shipment:
    """Return the shipment in its new state; an equal one when it is in that state already.

    Raises:
        InvalidArgumentError: Somebody received it (``received_by``), and yet it is not delivered.
        FailedPreconditionError: It cannot go there (SHIPMENT_TRANSITION_NOT_ALLOWED), it would be assigned
            without details (SHIPMENT_DETAILS_MISSING), its order was cancelled (ORDER_CANCELLED), or order
            has asked to stop it (SHIPMENT_STOPPED).
    """
    delivered = target is ShipmentStatus.DELIVERED
    if received_by and not delivered:
        raise InvalidArgumentError.field("received_by", "is for a shipment that becomes DELIVERED")
    if shipment.status is target or (target is ShipmentStatus.FAILED and _was_given_up(shipment)):
        return shipment
    require_transition(shipment.status, target)
    if target in (ShipmentStatus.PENDING, ShipmentStatus.ASSIGNED, ShipmentStatus.OUT_FOR_DELIVERY):
        require_order_goes_on(shipment)
    if target is ShipmentStatus.PENDING:
        return _waiting(shipment)
    if target is ShipmentStatus.ASSIGNED and not is_complete(shipment):
        raise FailedPreconditionError(
            "Submit driver and vehicle, or a carrier and its tracking number, first.",
            code="SHIPMENT_DETAILS_MISSING",
        )
    return msgspec.structs.replace(
        shipment,
        status=target,
        delivered_at=now if delivered else None,
        received_by=received_by,
    )


def _was_given_up(shipment: Shipment) -> bool:
    """Return True when a driver who says again that the delivery failed is right."""
    return shipment.status is ShipmentStatus.CANCELLED and is_ended(shipment)


def is_ended(shipment: Shipment) -> bool:
    """Return True when a parcel that comes back goes out no second time."""
    return shipment.order_cancelled or shipment.stop_asked


def require_order_goes_on(shipment: Shipment) -> None:
    """Refuse to go on with a shipment that its order has ended.

    Raises:
        FailedPreconditionError: The order was cancelled (ORDER_CANCELLED), or order has asked to stop the
            delivery, because the money went back (SHIPMENT_STOPPED).
    """
    if shipment.order_cancelled:
        raise order_cancelled()
    if shipment.stop_asked:
        raise FailedPreconditionError(
            "The order's money goes back; this parcel is not delivered any more.", code="SHIPMENT_STOPPED"
        )


def order_cancelled() -> FailedPreconditionError:
    """Make the refusal for a shipment whose order was cancelled (ORDER_CANCELLED)."""
    return FailedPreconditionError(
        "The order was cancelled; it is not delivered any more.", code="ORDER_CANCELLED"
    )


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
