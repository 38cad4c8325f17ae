"""REST requests and responses of the pricing service. Money is a decimal string in major units."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import Amount, Currency, exponent, rounded, to_wire
from bunmart_chassis.rest import Schema
from bunmart_chassis.validation import optional_text, require_text

from bunmart_pricing.domain import Campaign, Coupon, Discount, DiscountType, Price

Text = Annotated[str, msgspec.Meta(max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Code = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Za-z0-9_-]{2,40}$", description="Letters, digits, - and _; stored upper case"),
]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class PriceInput(Schema):
    """A product's unit price; without a currency it is in the shop's."""

    product_id: UUID
    unit_price: Amount
    currency_code: Currency | None = None

    def values(self, default_currency: str) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT for a fraction of the currency's smallest step)."""
        currency, amount = self.currency_code or default_currency, Decimal(self.unit_price)
        if amount != rounded(amount, currency):
            raise InvalidArgumentError.field(
                "unit_price", f"must be a multiple of {exponent(currency)} {currency}"
            )
        return {"product_id": self.product_id, "unit_price": amount, "currency_code": currency}


class CampaignInput(Schema):
    """A campaign: from ``starts_at`` until before ``ends_at``."""

    name: Name
    starts_at: Time
    ends_at: Time
    active: bool = True

    def values(self) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT when it ends before it starts)."""
        require_window(self.starts_at, self.ends_at)
        return msgspec.structs.asdict(self) | {"name": require_text("name", self.name)}


class DiscountInput(Schema):
    """A discount: for one product or all, in a campaign or always; FIXED is per piece."""

    type: DiscountType
    value: Amount
    description: Text = ""
    product_id: UUID | None = None
    campaign_id: UUID | None = None
    active: bool = True

    def values(self) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT for 0, or more than 100 %)."""
        return msgspec.structs.asdict(self) | {
            "value": require_value(self.type, self.value),
            "description": optional_text("description", self.description),
        }


class CouponInput(Schema):
    """A coupon of a whole order; without times it is always valid."""

    code: Code
    type: DiscountType
    value: Amount
    description: Text = ""
    minimum_subtotal: Amount = "0.00"
    starts_at: Time | None = None
    ends_at: Time | None = None
    active: bool = True

    def values(self) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT as for discounts and campaigns)."""
        require_window(self.starts_at, self.ends_at)
        return msgspec.structs.asdict(self) | {
            "code": self.code.strip().upper(),
            "value": require_value(self.type, self.value),
            "description": optional_text("description", self.description),
            "minimum_subtotal": Decimal(self.minimum_subtotal),
        }


def require_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Refuse a time that ends before it starts."""
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise InvalidArgumentError.field("ends_at", "must be after starts_at")


def require_value(kind: DiscountType, value: str) -> Decimal:
    """Read a discount's value: above 0, and at most 100 for PERCENT."""
    amount = Decimal(value)
    if amount <= 0 or (kind is DiscountType.PERCENT and amount > 100):  # noqa: PLR2004 - 100 %
        raise InvalidArgumentError.field("value", "must be above 0, and at most 100 for PERCENT")
    return amount


class PriceView(msgspec.Struct, kw_only=True):
    """A product's unit price."""

    price_id: UUID
    product_id: UUID
    unit_price: str
    currency_code: str
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
    type: DiscountType
    value: str
    description: str
    active: bool


class CouponView(msgspec.Struct, kw_only=True):
    """A coupon."""

    coupon_id: UUID
    code: str
    type: DiscountType
    value: str
    description: str
    minimum_subtotal: str
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
        type=discount.type,
        value=to_wire(discount.value),
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
        description=coupon.description,
        minimum_subtotal=to_wire(coupon.minimum_subtotal),
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        active=coupon.active,
    )
