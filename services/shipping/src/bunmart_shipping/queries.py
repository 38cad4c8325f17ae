"""The shipping service's statements, compiled at import."""

from typing import TypeVar

import msgspec
import sqlalchemy as sa
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_shipping.domain import Driver, OrderStatus, Shipment, ShipmentEvent, Vehicle
from bunmart_shipping.models import DriverTable, ShipmentEventTable, ShipmentTable, VehicleTable

Row = TypeVar("Row", bound=msgspec.Struct)
SHIPMENTS, EVENTS = table(ShipmentTable), table(ShipmentEventTable)
DRIVERS, VEHICLES = table(DriverTable), table(VehicleTable)
_UUID = sa.Uuid()
_SHIPMENT = sa.select(*columns(ShipmentTable, Shipment))
_BY_ID = _SHIPMENT.where(SHIPMENTS.c.id == sa.bindparam("id"))
_LIMIT = sa.bindparam("limit", type_=sa.Integer)

ADD_SHIPMENT = Insert(ShipmentTable, Shipment, ignore_conflict=True)
"""Adds nothing when the order has a shipment."""
ADD_EVENT = Insert(ShipmentEventTable, ShipmentEvent)

SHIPMENT = Query(_BY_ID, Shipment)
SHIPMENT_FOR_UPDATE = Query(_BY_ID.with_for_update(), Shipment)
SHIPMENT_OF = Query(_SHIPMENT.where(SHIPMENTS.c.order_id == sa.bindparam("order_id")), Shipment)
EVENTS_OF = Query(
    sa.select(*columns(ShipmentEventTable, ShipmentEvent))
    .where(EVENTS.c.shipment_id == sa.bindparam("shipment_id"))
    .order_by(EVENTS.c.id),
    ShipmentEvent,
)


def _page(*conditions: sa.ColumnElement[bool]) -> Query[Shipment]:
    """Newest first, after the shipment whose id the token carries; ids sort by creation (UUIDv7)."""
    return Query(_SHIPMENT.where(*conditions).order_by(SHIPMENTS.c.id.desc()).limit(_LIMIT), Shipment)


_AFTER = SHIPMENTS.c.id < sa.bindparam("after", type_=_UUID)
_FILTERS: dict[tuple[bool, bool], tuple[sa.ColumnElement[bool], ...]] = {
    (driver, status): (
        *((SHIPMENTS.c.driver_id == sa.bindparam("driver_id"),) if driver else ()),
        *((SHIPMENTS.c.status == sa.bindparam("status"),) if status else ()),
    )
    for driver in (False, True)
    for status in (False, True)
}
PAGES = {
    (*shape, after): _page(*conditions, *((_AFTER,) if after else ()))
    for shape, conditions in _FILTERS.items()
    for after in (False, True)
}
"""List statements by whether a driver, a status and a token were given."""

_CHANGEABLE = (
    "status",
    "carrier",
    "tracking_number",
    "driver_id",
    "vehicle_id",
    "recipient_name",
    "recipient_phone",
    "notes",
    "estimated_delivery",
    "delivered_at",
)
_CHANGE = sa.update(SHIPMENTS).where(SHIPMENTS.c.id == sa.bindparam("shipment_id"))
SET_SHIPMENT = Query(
    _CHANGE.values(
        {name: sa.bindparam(name) for name in _CHANGEABLE}
        | {"updated_at": sa.func.now(), "version": SHIPMENTS.c.version + 1}
    ).returning(*columns(ShipmentTable, Shipment)),
    Shipment,
)
SET_RECIPIENT = Command(
    _CHANGE.where(SHIPMENTS.c.recipient_name.is_(None)).values(
        recipient_name=sa.bindparam("name"), recipient_phone=sa.bindparam("phone")
    )
)
SET_CONFIRMED = Command(
    _CHANGE.where(
        SHIPMENTS.c.order_status_confirmed.is_distinct_from(sa.literal_column(f"'{OrderStatus.SHIPPED}'"))
    ).values(order_status_confirmed=sa.bindparam("confirmed"))
)
"""Never goes back from shipped."""

ADD_DRIVER = Insert(DriverTable, Driver)
ADD_VEHICLE = Insert(VehicleTable, Vehicle)
_DRIVER = sa.select(*columns(DriverTable, Driver))
_VEHICLE = sa.select(*columns(VehicleTable, Vehicle))
DRIVER = Query(_DRIVER.where(DRIVERS.c.id == sa.bindparam("id")), Driver)
VEHICLE = Query(_VEHICLE.where(VEHICLES.c.id == sa.bindparam("id")), Vehicle)
DRIVER_OF_USER = Query(_DRIVER.where(DRIVERS.c.user_id == sa.bindparam("user_id"), DRIVERS.c.active), Driver)
ACTIVE_DRIVER = Query(
    sa.select(DRIVERS.c.id)
    .where(DRIVERS.c.id == sa.bindparam("id"), DRIVERS.c.active)
    .with_for_update(read=True),
    object,
)
"""Found and kept active until the transaction ends."""
ACTIVE_VEHICLE = Query(
    sa.select(VEHICLES.c.id)
    .where(VEHICLES.c.id == sa.bindparam("id"), VEHICLES.c.active)
    .with_for_update(read=True),
    object,
)
REMOVE_DRIVER = Command(sa.delete(DRIVERS).where(DRIVERS.c.id == sa.bindparam("id")))
REMOVE_VEHICLE = Command(sa.delete(VEHICLES).where(VEHICLES.c.id == sa.bindparam("id")))
SET_DRIVER = Query(
    sa.update(DRIVERS)
    .where(DRIVERS.c.id == sa.bindparam("driver_id"))
    .values(
        {name: sa.bindparam(name) for name in ("user_id", "name", "phone", "active")}
        | {"updated_at": sa.func.now()}
    )
    .returning(*columns(DriverTable, Driver)),
    Driver,
)
SET_VEHICLE = Query(
    sa.update(VEHICLES)
    .where(VEHICLES.c.id == sa.bindparam("vehicle_id"))
    .values(
        {name: sa.bindparam(name) for name in ("plate", "kind", "active")} | {"updated_at": sa.func.now()}
    )
    .returning(*columns(VehicleTable, Vehicle)),
    Vehicle,
)


def _fleet_pages(
    select: sa.Select[tuple[object, ...]], source: sa.Table, row: type[Row]
) -> dict[bool, Query[Row]]:
    newest = select.order_by(source.c.id.desc()).limit(_LIMIT)
    return {
        False: Query(newest, row),
        True: Query(newest.where(source.c.id < sa.bindparam("after", type_=_UUID)), row),
    }


DRIVER_PAGES = _fleet_pages(_DRIVER, DRIVERS, Driver)
VEHICLE_PAGES = _fleet_pages(_VEHICLE, VEHICLES, Vehicle)
"""List statements by whether a token was given."""
