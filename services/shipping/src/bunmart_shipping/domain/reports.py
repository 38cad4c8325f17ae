"""The rules of the reports to the order service: one after the other, until the order is as its shipment."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

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

    A report that was made counts until the next one is acknowledged, even when its own acknowledgement was
    lost: the order may have heard it. Shipping always comes before shipped, and a parcel that comes back
    after the order may have heard of shipping is packed again. A cancelled order hears nothing.
    """
    if shipment.order_id is None or shipment.order_cancelled:
        return None
    confirmed = shipment.order_status_confirmed
    told = shipment.order_status_told or confirmed
    if shipment.status in _BACK:
        return None if told is None or told is confirmed is OrderStatus.PACKED else OrderStatus.PACKED
    if shipment.status is ShipmentStatus.DELIVERED and confirmed is not OrderStatus.PACKED:
        if confirmed is OrderStatus.SHIPPED:
            return None
        if confirmed is OrderStatus.SHIPPING and told is not OrderStatus.PACKED:
            return OrderStatus.SHIPPED
    return None if told is confirmed is OrderStatus.SHIPPING else OrderStatus.SHIPPING


def may_report(shipment: Shipment, owner: str, now: datetime) -> bool:
    """Return True unless another job reports just now. That one goes on until nothing is due.

    Two jobs at once could tell the order in the wrong sequence. A job that is run again after its worker
    ended has the same name as before and goes on.
    """
    started = shipment.report_started_at
    return shipment.report_owner in (None, owner) or started is None or now - started > _CLAIM
