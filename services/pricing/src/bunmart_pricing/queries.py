"""The pricing service's statements, compiled at import."""

from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa
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


class Entity(Generic[Row]):
    """The statements that prices, campaigns, discounts and coupons all have."""

    def __init__(self, model: type[SQLModel], row: type[Row]) -> None:
        found = table(model)
        select = sa.select(*columns(model, row))
        page = select.order_by(found.c.id.desc()).limit(sa.bindparam("limit", type_=sa.Integer))
        changed: dict[str, sa.BindParameter[Any]] = {
            field.name: sa.bindparam(field.name)
            for field in msgspec.structs.fields(row)
            if field.name not in {"id", "created_at"}
        }
        self.add = Insert(model, row)
        self.by_id = Query(select.where(found.c.id == sa.bindparam("id")), row)
        self.for_update = Query(select.where(found.c.id == sa.bindparam("id")).with_for_update(), row)
        self.first_page = Query(page, row)
        self.next_page = Query(page.where(found.c.id < sa.bindparam("after", type_=sa.Uuid())), row)
        self.change = Command(sa.update(found).where(found.c.id == sa.bindparam("row_id")).values(changed))
        self.remove = Command(sa.delete(found).where(found.c.id == sa.bindparam("id")))


PRICE = Entity(PriceTable, Price)
CAMPAIGN = Entity(CampaignTable, Campaign)
DISCOUNT = Entity(DiscountTable, Discount)
COUPON = Entity(CouponTable, Coupon)

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
