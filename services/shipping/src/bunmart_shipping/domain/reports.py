"""The rules of the reports to the order service: one after the other, until the order is as its shipment."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from bunmart_shipping.domain.shipments import OrderStatus, Shipment, ShipmentStatus

_CLAIM = timedelta(minutes=5)
"""A job that reports for so long has ended; a job's deadline is 30 seconds."""
_BACK = frozenset({ShipmentStatus.PENDING, ShipmentStatus.CANCELLED})


class Report(NamedTuple):
    """A state of the order that is being reported.

    Attributes:
        shipment_id: The shipment.
        order_id: Its order.
        status: The state in which the order will be.
        owner: The job that reports.
    """

    shipment_id: UUID
    order_id: UUID
    status: OrderStatus
    owner: str


def next_report(shipment: Shipment) -> OrderStatus | None:
    """Return the state of the order that is due to the order service now; None when it knows all.

    A report without acknowledgement leaves two states in which the order may be. A repeat is acknowledged in
    both, so what is due is told again. Shipping always comes before shipped, and a parcel that comes back
    after the order may have heard of shipping is packed again. A cancelled order hears nothing.
    """
    if shipment.order_id is None or shipment.order_cancelled:
        return None
    told = shipment.order_status_told or shipment.order_status_confirmed
    known = shipment.order_status_confirmed if told is shipment.order_status_confirmed else None
    if shipment.status in _BACK:
        due = None if told is None else OrderStatus.PACKED
    elif shipment.status is ShipmentStatus.DELIVERED and (
        known is OrderStatus.SHIPPING or (known or told) is OrderStatus.SHIPPED
    ):
        due = OrderStatus.SHIPPED
    else:
        due = OrderStatus.SHIPPING
    return None if due is known else due


def begin(shipment: Shipment, status: OrderStatus) -> Shipment:
    """Return the shipment as a state of its order is reported: nobody knows if the order hears it.

    What was acknowledged before counts no more, also when it was the same state: the order may have left it
    since by a report whose acknowledgement was lost.
    """
    return msgspec.structs.replace(shipment, order_status_told=status, order_status_confirmed=None)


def acknowledge(shipment: Shipment, status: OrderStatus) -> Shipment:
    """Return the shipment as the order service has acknowledged a report."""
    return msgspec.structs.replace(shipment, order_status_told=status, order_status_confirmed=status)


def may_report(shipment: Shipment, owner: str, now: datetime) -> bool:
    """Return True unless another job reports just now. That one goes on until nothing is due.

    Two jobs at once could tell the order in the wrong sequence. A job that is run again after its worker
    ended has the same name as before and goes on.
    """
    started = shipment.report_started_at
    return shipment.report_owner in (None, owner) or started is None or now - started > _CLAIM
