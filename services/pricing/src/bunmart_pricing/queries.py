"""The pricing service's statements, compiled at import."""

from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlmodel import SQLModel

from bunmart_pricing.domain import Campaign, Coupon, Discount, Price
from bunmart_pricing.models import CampaignTable, CouponTable, DiscountTable, PriceTable

Row = TypeVar("Row", bound=msgspec.Struct)
PRICES, DISCOUNTS, CAMPAIGNS, COUPONS = (
    table(PriceTable),
    table(DiscountTable),
    table(CampaignTable),
    table(CouponTable),
)


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

_PRODUCTS = sa.any_(sa.bindparam("product_ids", type_=sa.ARRAY(sa.Uuid())))
PRICES_OF = Query(sa.select(*columns(PriceTable, Price)).where(PRICES.c.product_id == _PRODUCTS), Price)
DISCOUNTS_FOR = Query(
    sa.select(*columns(DiscountTable, Discount))
    .outerjoin(CAMPAIGNS, CAMPAIGNS.c.id == DISCOUNTS.c.campaign_id)
    .where(
        DISCOUNTS.c.active,
        sa.or_(DISCOUNTS.c.product_id.is_(None), DISCOUNTS.c.product_id == _PRODUCTS),
        sa.or_(
            DISCOUNTS.c.campaign_id.is_(None),
            sa.and_(
                CAMPAIGNS.c.active,
                CAMPAIGNS.c.starts_at <= sa.func.now(),
                CAMPAIGNS.c.ends_at > sa.func.now(),
            ),
        ),
    )
    .order_by(DISCOUNTS.c.id),
    Discount,
)
COUPONS_BY_CODE = Query(
    sa.select(*columns(CouponTable, Coupon)).where(
        COUPONS.c.code == sa.any_(sa.bindparam("codes", type_=sa.ARRAY(sa.Text)))
    ),
    Coupon,
)
