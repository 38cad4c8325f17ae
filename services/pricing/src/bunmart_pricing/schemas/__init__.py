"""REST requests and responses of the pricing service. Money is a decimal string in major units."""

from bunmart_pricing.schemas.entities import CampaignInput, CouponInput, DiscountInput, PriceInput
from bunmart_pricing.schemas.quotes import QuoteInput, QuoteView, quote_view
from bunmart_pricing.schemas.replacements import (
    CampaignReplacement,
    CouponReplacement,
    DiscountReplacement,
    PriceReplacement,
)
from bunmart_pricing.schemas.views import (
    CampaignView,
    CouponView,
    DiscountView,
    PriceView,
    campaign_view,
    coupon_view,
    discount_view,
    price_view,
)

__all__ = [
    "CampaignInput",
    "CampaignReplacement",
    "CampaignView",
    "CouponInput",
    "CouponReplacement",
    "CouponView",
    "DiscountInput",
    "DiscountReplacement",
    "DiscountView",
    "PriceInput",
    "PriceReplacement",
    "PriceView",
    "QuoteInput",
    "QuoteView",
    "campaign_view",
    "coupon_view",
    "discount_view",
    "price_view",
    "quote_view",
]
