"""Refusals of the service by the constraint of the database that decides them."""

from bunmart_chassis.storage import taken, unknown

PRICE_EXISTS = taken(
    "uq_prices_product_id_currency_code",
    code="PRICE_EXISTS",
    field="product_id",
    message="There is such a price already.",
)
COUPON_EXISTS = taken(
    "uq_coupons_code", code="COUPON_EXISTS", field="code", message="There is such a coupon already."
)
UNKNOWN_CAMPAIGN = unknown(
    "fk_discounts_campaign_id_campaigns", field="campaign_id", message="is not a campaign"
)
