"""REST requests that replace an entity: PUT names every field.

A field that PUT could leave out would silently fall back to its default: a coupon would lose its minimum or
its end. A field that shall be empty is null.
"""

from uuid import UUID

from bunmart_chassis.money import Amount, Currency

from bunmart_pricing.domain import CouponType, DiscountType
from bunmart_pricing.schemas.entities import (
    CampaignInput,
    CouponInput,
    DiscountInput,
    Limit,
    Pieces,
    PriceInput,
    Text,
    Time,
)


class PriceReplacement(PriceInput, kw_only=True):
    """A product's unit price, with every field."""

    currency_code: Currency | None
    minimum_quantity: Pieces
    valid_from: Time | None
    valid_until: Time | None


class CampaignReplacement(CampaignInput, kw_only=True):
    """A campaign, with every field."""

    active: bool


class DiscountReplacement(DiscountInput, kw_only=True):
    """A discount, with every field."""

    type: DiscountType
    value: Amount
    currency_code: Currency | None
    description: Text
    product_id: UUID | None
    category_id: UUID | None
    campaign_id: UUID | None
    active: bool


class CouponReplacement(CouponInput, kw_only=True):
    """A coupon, with every field."""

    type: CouponType
    value: Amount
    currency_code: Currency | None
    description: Text
    minimum_subtotal: Amount
    product_id: UUID | None
    category_id: UUID | None
    limit_total: Limit | None
    limit_per_customer: Limit | None
    first_order_only: bool
    exclusive: bool
    starts_at: Time | None
    ends_at: Time | None
    active: bool
