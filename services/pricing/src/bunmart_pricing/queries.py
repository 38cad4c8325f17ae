"""The pricing service's statements, compiled at import."""

from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from bunmart_pricing.domain import (
    Campaign,
    CountedCoupon,
    Coupon,
    CouponUse,
    Discount,
    LockedCoupon,
    Price,
    UseStatus,
)
from bunmart_pricing.models import (
    CampaignTable,
    CouponTable,
    CouponUseTable,
    DiscountTable,
    PricedOrderTable,
    PriceTable,
)

Row = TypeVar("Row", bound=msgspec.Struct)
PRICES, DISCOUNTS, CAMPAIGNS = table(PriceTable), table(DiscountTable), table(CampaignTable)
COUPONS, USES, ORDERS = table(CouponTable), table(CouponUseTable), table(PricedOrderTable)


class EntityQueries(Generic[Row]):
    """The statements that prices, campaigns, discounts and coupons all have.

    Args:
        model: The table.
        row: The struct of its columns; ``id`` is the key, ``created_at`` never changes.
    """

    def __init__(self, model: type[SQLModel], row: type[Row]) -> None:
        found = table(model)
        select = sa.select(*columns(model, row))
        own = found.c.id == sa.bindparam("id")
        changed: dict[str, sa.BindParameter[Any]] = {
            field.name: sa.bindparam(field.name)
            for field in msgspec.structs.fields(row)
            if field.name not in {"id", "created_at"}
        }
        self.add = Insert(model, row)
        self.by_id = Query(select.where(own), row)
        self.for_update = Query(select.where(own).with_for_update(), row)
        self.pages = PagedQuery(select, row, order=[found.c.id])
        self.change = Command(sa.update(found).where(found.c.id == sa.bindparam("row_id")).values(changed))
        self.remove = Query(sa.delete(found).where(own).returning(found.c.id), UUID)


PRICE = EntityQueries(PriceTable, Price)
CAMPAIGN = EntityQueries(CampaignTable, Campaign)
DISCOUNT = EntityQueries(DiscountTable, Discount)
COUPON = EntityQueries(CouponTable, Coupon)

_NOW = sa.func.now()
_PRODUCTS = sa.any_(sa.bindparam("product_ids", type_=sa.ARRAY(sa.Uuid())))
PRICES_OF = Query(
    sa.select(*columns(PriceTable, Price)).where(
        PRICES.c.product_id == _PRODUCTS,
        sa.or_(PRICES.c.valid_from.is_(None), PRICES.c.valid_from <= _NOW),
        sa.or_(PRICES.c.valid_until.is_(None), PRICES.c.valid_until > _NOW),
    ),
    Price,
)
"""The prices of products that are valid now."""
DISCOUNTS_FOR = Query(
    sa.select(*columns(DiscountTable, Discount))
    .outerjoin(CAMPAIGNS, CAMPAIGNS.c.id == DISCOUNTS.c.campaign_id)
    .where(
        DISCOUNTS.c.active,
        sa.or_(DISCOUNTS.c.product_id.is_(None), DISCOUNTS.c.product_id == _PRODUCTS),
        sa.or_(
            DISCOUNTS.c.campaign_id.is_(None),
            sa.and_(CAMPAIGNS.c.active, CAMPAIGNS.c.starts_at <= _NOW, CAMPAIGNS.c.ends_at > _NOW),
        ),
    )
    .order_by(DISCOUNTS.c.id),
    Discount,
)
"""The discounts that apply now to those products, or to products of whatever category."""

_OF_CODES = COUPONS.c.code == sa.any_(sa.bindparam("codes", type_=sa.ARRAY(sa.Text)))
_USER_ID = sa.bindparam("user_id", type_=sa.Uuid())
_OTHER_ORDER = sa.bindparam("order_id", type_=sa.Uuid())
_IS_COUNTED = sa.and_(
    USES.c.order_id != _OTHER_ORDER,
    sa.or_(
        USES.c.status == sa.literal_column(f"'{UseStatus.USED}'"),
        sa.and_(
            USES.c.status == sa.literal_column(f"'{UseStatus.RESERVED}'"),
            USES.c.reserved_until > sa.func.clock_timestamp(),
        ),
    ),
)
_COUNTED = sa.select(sa.func.count()).where(USES.c.coupon_id == COUPONS.c.id, _IS_COUNTED)
_WELCOME = COUPONS.alias("welcome")
_ORDERED_BEFORE = sa.or_(
    sa.exists().where(
        ORDERS.c.user_id == _USER_ID,
        ORDERS.c.status == sa.literal_column(f"'{UseStatus.USED}'"),
        ORDERS.c.order_id != _OTHER_ORDER,
    ),
    sa.exists().where(
        USES.c.user_id == _USER_ID,
        USES.c.coupon_id == _WELCOME.c.id,
        _WELCOME.c.first_order_only,
        _IS_COUNTED,
    ),
)
"""Another order of the customer is paid, or is being paid as his first one."""


def _if(needed: sa.ColumnElement[bool], found: sa.ColumnElement[Any], otherwise: Any) -> Any:
    """Look for something only where a coupon asks for it."""
    return sa.case((needed, found), else_=sa.literal_column(otherwise))


COUPONS_BY_CODE = Query(
    sa.select(
        *columns(CouponTable, Coupon),
        _if(COUPONS.c.limit_total.is_not(None), _COUNTED.scalar_subquery(), "0").label("uses"),
        _if(
            sa.or_(COUPONS.c.limit_per_customer.is_not(None), COUPONS.c.first_order_only),
            _COUNTED.where(USES.c.user_id == _USER_ID).scalar_subquery(),
            "0",
        ).label("uses_of_customer"),
        _if(COUPONS.c.first_order_only, _ORDERED_BEFORE, "false").label("ordered_before"),
    ).where(_OF_CODES),
    CountedCoupon,
)
"""Coupons with their uses by other orders; without a customer (NULL) there are none of his."""
LOCK_COUPONS = Query(
    sa.select(COUPONS.c.code, COUPONS.c.first_order_only)
    .where(_OF_CODES)
    .order_by(COUPONS.c.id)
    .with_for_update(),
    LockedCoupon,
)
LOCK_CUSTOMER = Command(
    sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.cast(_USER_ID, sa.Text), 0)))
)
"""Only one order of a customer can be his first, whichever coupons he has for it."""

_order = insert(ORDERS).values({column.name: sa.bindparam(column.name) for column in ORDERS.c})
RESERVE_ORDER = Query(
    _order.on_conflict_do_update(
        index_elements=[ORDERS.c.order_id],
        set_={
            "status": _order.excluded.status,
            "attempt": sa.func.greatest(ORDERS.c.attempt, _order.excluded.attempt),
            "updated_at": _order.excluded.updated_at,
        },
        where=ORDERS.c.status != sa.literal_column(f"'{UseStatus.USED}'"),
    ).returning(sa.literal_column("priced_orders.xmax = 0", sa.Boolean).label("is_new")),
    bool,
)
"""Note that an order is priced at Pay, and lock it; true for the first time, no row for one that is paid."""
REPLACE_USES = Command(
    sa.delete(USES).where(
        USES.c.order_id == sa.bindparam("order_id"), USES.c.status != sa.literal_column(f"'{UseStatus.USED}'")
    )
)
ADD_USE = Insert(CouponUseTable, CouponUse, ignore_conflict=True)
_SINCE = sa.bindparam("attempt", type_=sa.Integer)
SETTLE_ORDER = Command(
    sa.update(ORDERS)
    .where(
        ORDERS.c.order_id == sa.bindparam("of_order"),
        sa.or_(_SINCE.is_(None), ORDERS.c.attempt <= _SINCE),
    )
    .values(status=sa.bindparam("outcome"), updated_at=_NOW)
)
"""Touches nothing when a later attempt than that has reserved; NULL ends all."""
SETTLE_USES = Command(
    sa.update(USES)
    .where(USES.c.order_id == sa.bindparam("of_order"))
    .values(status=sa.bindparam("outcome"), updated_at=_NOW)
)
