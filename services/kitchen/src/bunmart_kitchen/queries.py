"""The kitchen service's statements, compiled at import."""

from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_kitchen.domain import Image, ProductionLine, ProductionOrder, StoredImage
from bunmart_kitchen.models import ImageTable, KnownOrderTable, ProductionLineTable, ProductionOrderTable

ORDERS, LINES, IMAGES = table(ProductionOrderTable), table(ProductionLineTable), table(ImageTable)
KNOWN_ORDERS = table(KnownOrderTable)
_ORDER = sa.select(*columns(ProductionOrderTable, ProductionOrder))
_BY_ID = _ORDER.where(ORDERS.c.id == sa.bindparam("id"))
_IDS = sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))

ADD_ORDER = Insert(ProductionOrderTable, ProductionOrder, ignore_conflict=True)
"""Adds nothing when the order of the order service has one."""
ADD_LINE = Insert(ProductionLineTable, ProductionLine)
ADD_LINK = Insert(ImageTable, Image, ignore_conflict=True)
"""Adds nothing when the production order has that link."""
ADD_IMAGE = Command(
    sa.insert(IMAGES).values(
        {
            name: sa.bindparam(name)
            for name in ("id", "production_order_id", "content_type", "content", "created_at")
        }
    )
)

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
IS_CANCELLED = Query(
    sa.select(
        sa.exists()
        .where(KNOWN_ORDERS.c.order_id == sa.bindparam("order_id"), KNOWN_ORDERS.c.cancelled_at.is_not(None))
        .label("cancelled")
    ),
    bool,
)

ORDER = Query(_BY_ID, ProductionOrder)
ORDER_FOR_UPDATE = Query(_BY_ID.with_for_update(), ProductionOrder)
_BY_USER_ORDER = _ORDER.where(ORDERS.c.user_order_id == sa.bindparam("user_order_id"))
ORDER_OF = Query(_BY_USER_ORDER, ProductionOrder)
ORDER_OF_FOR_UPDATE = Query(_BY_USER_ORDER.with_for_update(), ProductionOrder)
LINES_OF = Query(
    sa.select(*columns(ProductionLineTable, ProductionLine))
    .where(LINES.c.production_order_id == _IDS)
    .order_by(LINES.c.production_order_id, LINES.c.position),
    ProductionLine,
)
IMAGES_OF = Query(
    sa.select(*columns(ImageTable, Image))
    .where(IMAGES.c.production_order_id == _IDS)
    .order_by(IMAGES.c.production_order_id, IMAGES.c.id),
    Image,
)
_IMAGE = (
    IMAGES.c.production_order_id == sa.bindparam("production_order_id"),
    IMAGES.c.id == sa.bindparam("id"),
)
IMAGE_CONTENT = Query(
    sa.select(*columns(ImageTable, StoredImage)).where(*_IMAGE, IMAGES.c.content.is_not(None)), StoredImage
)
REMOVE_IMAGE = Query(sa.delete(IMAGES).where(*_IMAGE).returning(IMAGES.c.id), UUID)
REMOVE_ORDER = Command(sa.delete(ORDERS).where(ORDERS.c.id == sa.bindparam("id")))

PAGES = PagedQuery(
    _ORDER,
    ProductionOrder,
    order=[ORDERS.c.id],
    filters={"phase": ORDERS.c.phase == sa.bindparam("phase")},
)

_CHANGE = sa.update(ORDERS).where(ORDERS.c.id == sa.bindparam("order_id"))
_TOUCHED = {"updated_at": sa.func.now(), "version": ORDERS.c.version + 1}
SET_STATE = Query(
    _CHANGE.values(
        {name: sa.bindparam(name) for name in ("phase", "progress_percent", "notes", "cancel_reason")}
        | _TOUCHED
    ).returning(*columns(ProductionOrderTable, ProductionOrder)),
    ProductionOrder,
)
TOUCH = Command(_CHANGE.values(_TOUCHED))
"""Counts a change of a production order's images."""
SET_NOTIFIED = Command(_CHANGE.values(prepared_notified_at=sa.func.now()))
