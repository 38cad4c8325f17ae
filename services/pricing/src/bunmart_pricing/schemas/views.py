"""REST responses for prices, campaigns, discounts and coupons. Money is a decimal string in major units."""

from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.money import to_wire

from bunmart_pricing.domain import Campaign, Coupon, CouponType, Discount, DiscountType, Price


class PriceView(msgspec.Struct, kw_only=True):
    """A product's unit price."""

    price_id: UUID
    product_id: UUID
    unit_price: str
    currency_code: str
    minimum_quantity: int
    valid_from: datetime | None
    valid_until: datetime | None
    updated_at: datetime


class CampaignView(msgspec.Struct, kw_only=True):
    """A campaign."""

    campaign_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    active: bool


class DiscountView(msgspec.Struct, kw_only=True):
    """A discount."""

    discount_id: UUID
    campaign_id: UUID | None
    product_id: UUID | None
    category_id: UUID | None
    type: DiscountType
    value: str
    currency_code: str | None
    description: str
    active: bool


class CouponView(msgspec.Struct, kw_only=True):
    """A coupon."""

    coupon_id: UUID
    code: str
    type: CouponType
    value: str
    currency_code: str | None
    description: str
    minimum_subtotal: str
    product_id: UUID | None
    category_id: UUID | None
    limit_total: int | None
    limit_per_customer: int | None
    first_order_only: bool
    exclusive: bool
    starts_at: datetime | None
    ends_at: datetime | None
    active: bool


def price_view(price: Price) -> PriceView:
    """Present a price."""
    return PriceView(
        price_id=price.id,
        product_id=price.product_id,
        unit_price=to_wire(price.unit_price),
        currency_code=price.currency_code,
        minimum_quantity=price.minimum_quantity,
        valid_from=price.valid_from,
        valid_until=price.valid_until,
        updated_at=price.updated_at,
    )


def campaign_view(campaign: Campaign) -> CampaignView:
    """Present a campaign."""
    return CampaignView(
        campaign_id=campaign.id,
        name=campaign.name,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        active=campaign.active,
    )


def discount_view(discount: Discount) -> DiscountView:
    """Present a discount."""
    return DiscountView(
        discount_id=discount.id,
        campaign_id=discount.campaign_id,
        product_id=discount.product_id,
        category_id=discount.category_id,
        type=discount.type,
        value=to_wire(discount.value),
        currency_code=discount.currency_code,
        description=discount.description,
        active=discount.active,
    )


def coupon_view(coupon: Coupon) -> CouponView:
    """Present a coupon."""
    return CouponView(
        coupon_id=coupon.id,
        code=coupon.code,
        type=coupon.type,
        value=to_wire(coupon.value),
        currency_code=coupon.currency_code,
        description=coupon.description,
        minimum_subtotal=to_wire(coupon.minimum_subtotal),
        product_id=coupon.product_id,
        category_id=coupon.category_id,
        limit_total=coupon.limit_total,
        limit_per_customer=coupon.limit_per_customer,
        first_order_only=coupon.first_order_only,
        exclusive=coupon.exclusive,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        active=coupon.active,
    )
