"""The order service's statements, compiled at import."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_order.domain import DELIVERED, Order, OrderEvent, OrderLine, OrderStatus, Pieces, Refund
from bunmart_order.models import OrderEventTable, OrderLineTable, OrderTable, RefundTable

ORDERS, LINES, EVENTS = table(OrderTable), table(OrderLineTable), table(OrderEventTable)
REFUNDS = table(RefundTable)
_ORDER = sa.select(*columns(OrderTable, Order))
_BY_ID = _ORDER.where(ORDERS.c.id == sa.bindparam("id"))
_UUID = sa.Uuid()
_PENDING = ORDERS.c.status == sa.literal_column(f"'{OrderStatus.PENDING}'")

ADD_ORDER = Insert(OrderTable, Order, ignore_conflict=True)
"""Adds nothing when the number is taken."""
ADD_LINE = Insert(OrderLineTable, OrderLine)
ADD_EVENT = Insert(OrderEventTable, OrderEvent)
ADD_REFUND = Insert(RefundTable, Refund)

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
REFUNDS_OF = Query(
    sa.select(*columns(RefundTable, Refund))
    .where(REFUNDS.c.order_id == sa.bindparam("order_id"))
    .order_by(REFUNDS.c.id),
    Refund,
)
REFUND = Query(sa.select(*columns(RefundTable, Refund)).where(REFUNDS.c.id == sa.bindparam("id")), Refund)
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
BOUGHT_SINCE = Query(
    sa.select(LINES.c.product_id, sa.func.sum(LINES.c.quantity).label("quantity"))
    .join(ORDERS, ORDERS.c.id == LINES.c.order_id)
    .where(
        ORDERS.c.user_id == sa.bindparam("user_id"),
        ORDERS.c.created_at > sa.bindparam("since", type_=sa.DateTime(timezone=True)),
        ORDERS.c.status.not_in(
            [sa.literal_column(f"'{status}'") for status in (OrderStatus.PENDING, OrderStatus.CANCELLED)]
        ),
    )
    .group_by(LINES.c.product_id),
    Pieces,
)
"""The pieces of the user's orders that were made after a time and are paid."""
UNPAID_ORDERS = Query(
    sa.select(ORDERS.c.id)
    .where(_PENDING, ORDERS.c.created_at <= sa.bindparam("before"))
    .order_by(ORDERS.c.id)
    .limit(sa.bindparam("count")),
    UUID,
)
"""The oldest orders that nobody has paid and that are as old as that."""
ORDER_LIST = PagedQuery(
    _ORDER,
    Order,
    order=[ORDERS.c.id],
    filters={
        "user_id": ORDERS.c.user_id == sa.bindparam("user_id"),
        "status": ORDERS.c.status == sa.bindparam("status"),
        # A constant, not a parameter: the plan that Postgres keeps can then use the index of these orders.
        "attention": ORDERS.c.attention != sa.literal_column("''"),
    },
)
"""Newest first."""

_CHANGE = sa.update(ORDERS).where(ORDERS.c.id == sa.bindparam("order_id"))


def _values(*names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name) for name in names} | {"updated_at": sa.func.now()}


def _set(*names: str) -> Command:
    return Command(_CHANGE.values(_values(*names)))


SET_STATUS = _set("status")
SET_PAID = _set("status", "payment_status")
SET_PAYMENT = Command(
    _CHANGE.where(
        _PENDING,
        ORDERS.c.total == sa.bindparam("amount"),
        ORDERS.c.currency_code == sa.bindparam("currency"),
        ORDERS.c.coupon_codes == sa.bindparam("coupons"),
    ).values(
        payment_id=sa.bindparam("payment_id"),
        payment_status=sa.bindparam("payment_status"),
        updated_at=sa.func.now(),
    )
)
"""Touches nothing when the order is no longer pending, costs something else or has other coupons by now."""
SET_PAYMENT_STATUS = _set("payment_status")
COUNT_FAILED_PAYMENT = Command(_CHANGE.values(failed_payments=ORDERS.c.failed_payments + 1))
SET_PRODUCTION = _set("production_order_id")
SET_SHIPMENT = _set("shipment_id")
_TEXT = sa.bindparam("text", type_=sa.Text)
ADD_ATTENTION = Command(
    _CHANGE.values(
        attention=sa.case(
            (sa.func.strpos(ORDERS.c.attention, _TEXT) > 0, ORDERS.c.attention),
            else_=sa.func.ltrim(ORDERS.c.attention + sa.literal_column("' '") + _TEXT),
        ),
        updated_at=sa.func.now(),
    )
)
"""Add a sentence to what an admin must see to, unless it is there."""
END_ATTENTION = Command(
    _CHANGE.values(
        attention=sa.func.btrim(sa.func.replace(ORDERS.c.attention, _TEXT, sa.literal_column("''"))),
        updated_at=sa.func.now(),
    )
)
"""Take that sentence out."""
CLEAR_ATTENTION = Command(_CHANGE.values(attention="", updated_at=sa.func.now()))
"""Take all of it out."""
SET_REFUNDS = _set("payment_status", "refunded_total", "refunding_total")
SET_REFUND = Command(
    sa.update(REFUNDS)
    .where(REFUNDS.c.id == sa.bindparam("refund_id"))
    .values(
        status=sa.bindparam("status"),
        number=sa.bindparam("number"),
        amount=sa.bindparam("amount"),
        taxes=sa.bindparam("taxes"),
        updated_at=sa.func.now(),
    )
)
_QUOTE = (
    "currency_code",
    "subtotal",
    "discount_total",
    "shipping_total",
    "total",
    "tax_total",
    "shipping_tax_rate",
    "shipping_tax_total",
    "discounts",
    "quoted_at",
    "coupon_codes",
    "shipping_address_id",
    "billing_address_id",
    "shipping_address",
    "billing_address",
)
_IS_SAME = sa.and_(
    *(
        ORDERS.c[name] == sa.bindparam(name)
        for name in ("total", "currency_code", "shipping_address_id", "shipping_address")
    ),
    ORDERS.c.coupon_codes.contains(sa.bindparam("coupon_codes")),
    ORDERS.c.coupon_codes.contained_by(sa.bindparam("coupon_codes")),
)
SET_DETAILS = Query(
    _CHANGE.where(_PENDING, ORDERS.c.lines_version == sa.bindparam("seen_version"))
    .values(
        {
            **_values(*_QUOTE),
            "payment_id": sa.case((_IS_SAME, ORDERS.c.payment_id)),
            "payment_status": sa.case((_IS_SAME, ORDERS.c.payment_status)),
        }
    )
    .returning(*columns(OrderTable, Order)),
    Order,
)
"""Returns nothing when the order is no longer pending or has other lines.

An open payment stays only when the customer pays the same, for the same coupons in whatever order, to the
same address.
"""
PRICE_LINE = Command(
    sa.update(LINES)
    .where(LINES.c.order_id == sa.bindparam("of"), LINES.c.product_id == sa.bindparam("product"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "unit_price",
                "line_total",
                "discount_total",
                "tax_rate",
                "tax_total",
                "name",
                "unit",
                "allergens",
            )
        }
    )
)
FORGET_PRICES = Command(
    _CHANGE.values(
        lines_version=ORDERS.c.lines_version + 1,
        subtotal=None,
        discount_total=None,
        shipping_total=None,
        total=None,
        tax_total=None,
        shipping_tax_rate=None,
        shipping_tax_total=None,
        discounts=sa.text("'[]'::jsonb"),
        quoted_at=None,
        payment_id=None,
        payment_status=None,
        updated_at=sa.func.now(),
    )
)
"""The order needs its details anew."""
FORGET_LINE_PRICES = Command(
    sa.update(LINES)
    .where(LINES.c.order_id == sa.bindparam("of"))
    .values(unit_price=None, line_total=None, discount_total=None, tax_rate=None, tax_total=None)
)
REMOVE_LINE = Command(
    sa.delete(LINES).where(
        LINES.c.order_id == sa.bindparam("of"), LINES.c.product_id == sa.bindparam("product")
    )
)
CHANGE_LINE = Command(
    sa.update(LINES)
    .where(LINES.c.order_id == sa.bindparam("of"), LINES.c.product_id == sa.bindparam("product"))
    .values(quantity=sa.bindparam("quantity"), note=sa.bindparam("note"))
)
