"""The order service's statements, compiled at import."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_order.domain import DELIVERED, Order, OrderEvent, OrderLine, OrderStatus
from bunmart_order.models import OrderEventTable, OrderLineTable, OrderTable

ORDERS, LINES, EVENTS = table(OrderTable), table(OrderLineTable), table(OrderEventTable)
_ORDER = sa.select(*columns(OrderTable, Order))
_BY_ID = _ORDER.where(ORDERS.c.id == sa.bindparam("id"))
_UUID = sa.Uuid()

ADD_ORDER = Insert(OrderTable, Order)
ADD_LINE = Insert(OrderLineTable, OrderLine)
ADD_EVENT = Insert(OrderEventTable, OrderEvent)

ORDER = Query(_BY_ID, Order)
ORDER_FOR_UPDATE = Query(_BY_ID.with_for_update(), Order)
LINES_OF = Query(
    sa.select(*columns(OrderLineTable, OrderLine))
    .where(LINES.c.order_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(_UUID))))
    .order_by(LINES.c.order_id, LINES.c.position),
    OrderLine,
)
EVENTS_OF = Query(
    sa.select(*columns(OrderEventTable, OrderEvent))
    .where(EVENTS.c.order_id == sa.bindparam("order_id"))
    .order_by(EVENTS.c.id),
    OrderEvent,
)
DELIVERED_ORDER = Query(
    sa.select(ORDERS.c.id)
    .join(LINES, LINES.c.order_id == ORDERS.c.id)
    .where(
        ORDERS.c.user_id == sa.bindparam("user_id"),
        LINES.c.product_id == sa.bindparam("product_id"),
        ORDERS.c.status.in_([sa.literal_column(f"'{status}'") for status in sorted(DELIVERED)]),
    )
    .order_by(ORDERS.c.id.desc())
    .limit(1),
    UUID,
)
ORDER_LIST = PagedQuery(
    _ORDER,
    Order,
    order=[ORDERS.c.id],
    filters={
        "user_id": ORDERS.c.user_id == sa.bindparam("user_id"),
        "status": ORDERS.c.status == sa.bindparam("status"),
    },
)
"""Newest first."""

_CHANGE = sa.update(ORDERS).where(ORDERS.c.id == sa.bindparam("order_id"))
_PENDING = ORDERS.c.status == sa.literal_column(f"'{OrderStatus.PENDING}'")


def _values(*names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name) for name in names} | {"updated_at": sa.func.now()}


def _set(*names: str) -> Command:
    return Command(_CHANGE.values(_values(*names)))


SET_STATUS = _set("status")
SET_PAID = _set("status", "payment_status")
SET_PAYMENT = Command(
    _CHANGE.where(_PENDING, ORDERS.c.total == sa.bindparam("amount")).values(
        payment_id=sa.bindparam("payment_id"),
        payment_status=sa.bindparam("payment_status"),
        updated_at=sa.func.now(),
    )
)
"""Touches nothing when the order is no longer pending or costs something else by now."""
SET_PAYMENT_STATUS = _set("payment_status")
SET_PRODUCTION = _set("production_order_id")
SET_SHIPMENT = _set("shipment_id")
SET_DETAILS = Query(
    _CHANGE.where(_PENDING)
    .values(
        _values(
            "currency_code",
            "subtotal",
            "discount_total",
            "shipping_total",
            "total",
            "coupon_codes",
            "shipping_address_id",
            "billing_address_id",
            "shipping_address",
            "payment_id",
            "payment_status",
        )
    )
    .returning(*columns(OrderTable, Order)),
    Order,
)
"""Returns nothing when the order is no longer pending."""
PRICE_LINE = Command(
    sa.update(LINES)
    .where(LINES.c.order_id == sa.bindparam("of"), LINES.c.product_id == sa.bindparam("product"))
    .values(unit_price=sa.bindparam("unit_price"), line_total=sa.bindparam("line_total"))
)
