"""The shipping service's statements, compiled at import."""

from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_shipping.domain import Driver, Image, Shipment, ShipmentEvent, StoredImage, Vehicle
from bunmart_shipping.models import (
    DriverTable,
    ImageTable,
    KnownOrderTable,
    ShipmentEventTable,
    ShipmentTable,
    VehicleTable,
)

SHIPMENTS, EVENTS = table(ShipmentTable), table(ShipmentEventTable)
DRIVERS, VEHICLES = table(DriverTable), table(VehicleTable)
KNOWN_ORDERS, IMAGES = table(KnownOrderTable), table(ImageTable)
_SHIPMENT = sa.select(*columns(ShipmentTable, Shipment))
_BY_ID = _SHIPMENT.where(SHIPMENTS.c.id == sa.bindparam("id"))

ADD_SHIPMENT = Insert(ShipmentTable, Shipment, ignore_conflict=True)
"""Adds nothing when the order has a shipment."""
ADD_EVENT = Insert(ShipmentEventTable, ShipmentEvent)

_KNOWN = insert(KNOWN_ORDERS).values(order_id=sa.bindparam("order_id"))
KNOW_ORDER = Query(
    _KNOWN.on_conflict_do_update(
        index_elements=["order_id"], set_={"order_id": _KNOWN.excluded.order_id}
    ).returning(KNOWN_ORDERS.c.cancelled_at.is_not(None).label("cancelled")),
    bool,
)
"""Notes and locks an order; returns True when it was cancelled, also by a call that ended just now."""
_CANCELLED = insert(KNOWN_ORDERS).values(order_id=sa.bindparam("order_id"), cancelled_at=sa.func.now())
CANCEL_ORDER = Command(
    _CANCELLED.on_conflict_do_update(
        index_elements=["order_id"],
        set_={
            "cancelled_at": sa.func.coalesce(KNOWN_ORDERS.c.cancelled_at, _CANCELLED.excluded.cancelled_at)
        },
    )
)
"""Notes and locks an order as cancelled, for good."""

SHIPMENT = Query(_BY_ID, Shipment)
SHIPMENT_FOR_UPDATE = Query(_BY_ID.with_for_update(), Shipment)
_BY_ORDER = _SHIPMENT.where(SHIPMENTS.c.order_id == sa.bindparam("order_id"))
SHIPMENT_OF = Query(_BY_ORDER, Shipment)
SHIPMENT_OF_FOR_UPDATE = Query(_BY_ORDER.with_for_update(), Shipment)
EVENTS_OF = Query(
    sa.select(*columns(ShipmentEventTable, ShipmentEvent))
    .where(EVENTS.c.shipment_id == sa.bindparam("shipment_id"))
    .order_by(EVENTS.c.id),
    ShipmentEvent,
)
PAGES = PagedQuery(
    _SHIPMENT,
    Shipment,
    order=[SHIPMENTS.c.id],
    filters={
        "driver_id": SHIPMENTS.c.driver_id == sa.bindparam("driver_id"),
        "status": SHIPMENTS.c.status == sa.bindparam("status"),
    },
)

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
    "user_id",
    "shipping_address_id",
    "product_ids",
    "order_number",
    "order_note",
    "address",
    "order_cancelled",
    "received_by",
    "stop_asked",
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
SET_REPORT = Command(
    _CHANGE.values(
        {
            name: sa.bindparam(name)
            for name in ("order_status_told", "order_status_confirmed", "report_owner", "report_started_at")
        }
    )
)
"""Notes a report to the order service; no change of the shipment."""
RELEASE_REPORT = Command(
    _CHANGE.where(SHIPMENTS.c.report_owner == sa.bindparam("owner")).values(
        report_owner=None, report_started_at=None
    )
)

ADD_IMAGE = Command(
    sa.insert(IMAGES).values(
        {name: sa.bindparam(name) for name in ("id", "shipment_id", "content_type", "content", "created_at")}
    )
)
_OF_SHIPMENT = IMAGES.c.shipment_id == sa.bindparam("shipment_id")
_ONE_IMAGE = (_OF_SHIPMENT, IMAGES.c.id == sa.bindparam("id"))
IMAGES_OF = Query(sa.select(*columns(ImageTable, Image)).where(_OF_SHIPMENT).order_by(IMAGES.c.id), Image)
COUNT_IMAGES = Query(sa.select(sa.func.count().label("images")).select_from(IMAGES).where(_OF_SHIPMENT), int)
IMAGE_CONTENT = Query(sa.select(*columns(ImageTable, StoredImage)).where(*_ONE_IMAGE), StoredImage)
REMOVE_IMAGE = Query(sa.delete(IMAGES).where(*_ONE_IMAGE).returning(IMAGES.c.id), UUID)

ADD_DRIVER = Insert(DriverTable, Driver)
ADD_VEHICLE = Insert(VehicleTable, Vehicle)
_DRIVER = sa.select(*columns(DriverTable, Driver))
_VEHICLE = sa.select(*columns(VehicleTable, Vehicle))
DRIVER_PAGES = PagedQuery(_DRIVER, Driver, order=[DRIVERS.c.id])
VEHICLE_PAGES = PagedQuery(_VEHICLE, Vehicle, order=[VEHICLES.c.id])
DRIVER = Query(_DRIVER.where(DRIVERS.c.id == sa.bindparam("id")), Driver)
VEHICLE = Query(_VEHICLE.where(VEHICLES.c.id == sa.bindparam("id")), Vehicle)
DRIVER_OF_USER = Query(_DRIVER.where(DRIVERS.c.user_id == sa.bindparam("user_id"), DRIVERS.c.active), Driver)
ACTIVE_DRIVER = Query(
    sa.select(DRIVERS.c.id)
    .where(DRIVERS.c.id == sa.bindparam("id"), DRIVERS.c.active)
    .with_for_update(read=True),
    UUID,
)
"""Finds it and keeps it active until the transaction ends."""
ACTIVE_VEHICLE = Query(
    sa.select(VEHICLES.c.id)
    .where(VEHICLES.c.id == sa.bindparam("id"), VEHICLES.c.active)
    .with_for_update(read=True),
    UUID,
)
REMOVE_DRIVER = Query(
    sa.delete(DRIVERS).where(DRIVERS.c.id == sa.bindparam("id")).returning(DRIVERS.c.id), UUID
)
REMOVE_VEHICLE = Query(
    sa.delete(VEHICLES).where(VEHICLES.c.id == sa.bindparam("id")).returning(VEHICLES.c.id), UUID
)
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
