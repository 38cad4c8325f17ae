"""The kitchen service's statements, compiled at import."""

import sqlalchemy as sa
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_kitchen.domain import Image, ProductionLine, ProductionOrder, StoredImage
from bunmart_kitchen.models import ImageTable, ProductionLineTable, ProductionOrderTable

ORDERS, LINES, IMAGES = table(ProductionOrderTable), table(ProductionLineTable), table(ImageTable)
_ORDER = sa.select(*columns(ProductionOrderTable, ProductionOrder))
_BY_ID = _ORDER.where(ORDERS.c.id == sa.bindparam("id"))
_UUID = sa.Uuid()
_IDS = sa.any_(sa.bindparam("ids", type_=sa.ARRAY(_UUID)))

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

ORDER = Query(_BY_ID, ProductionOrder)
ORDER_FOR_UPDATE = Query(_BY_ID.with_for_update(), ProductionOrder)
ORDER_OF = Query(_ORDER.where(ORDERS.c.user_order_id == sa.bindparam("user_order_id")), ProductionOrder)
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
REMOVE_IMAGE = Command(sa.delete(IMAGES).where(*_IMAGE))
REMOVE_ORDER = Command(sa.delete(ORDERS).where(ORDERS.c.id == sa.bindparam("id")))


def _page(*conditions: sa.ColumnElement[bool]) -> Query[ProductionOrder]:
    """Newest first, after the one whose id the token carries; ids sort by creation (UUIDv7)."""
    return Query(
        _ORDER.where(*conditions).order_by(ORDERS.c.id.desc()).limit(sa.bindparam("limit", type_=sa.Integer)),
        ProductionOrder,
    )


_AFTER = ORDERS.c.id < sa.bindparam("after", type_=_UUID)
_IN_PHASE = ORDERS.c.phase == sa.bindparam("phase")
PAGES = {
    ("phase", False): _page(_IN_PHASE),
    ("phase", True): _page(_IN_PHASE, _AFTER),
    ("all", False): _page(),
    ("all", True): _page(_AFTER),
}
"""List statements by filter and whether a token was given."""

_CHANGE = sa.update(ORDERS).where(ORDERS.c.id == sa.bindparam("order_id"))
_TOUCHED = {"updated_at": sa.func.now(), "version": ORDERS.c.version + 1}
_RETURN = columns(ProductionOrderTable, ProductionOrder)
SET_STATE = Query(
    _CHANGE.values(
        {name: sa.bindparam(name) for name in ("phase", "progress_percent", "notes")} | _TOUCHED
    ).returning(*_RETURN),
    ProductionOrder,
)
TOUCH = Query(_CHANGE.values(_TOUCHED).returning(*_RETURN), ProductionOrder)
SET_NOTIFIED = Command(_CHANGE.values(prepared_notified_at=sa.func.now()))
