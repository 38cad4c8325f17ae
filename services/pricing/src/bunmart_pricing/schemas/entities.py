"""REST requests for prices, campaigns, discounts and coupons.

Money is a decimal string in major units.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import Amount, Currency, exponent, most_charge, rounded, to_wire
from bunmart_chassis.rest import LineText, NameText, Schema
from bunmart_chassis.validation import MAX_QUANTITY, optional_line, require_name, require_time

from bunmart_pricing.domain import CouponType, DiscountType, Terms

Text = Annotated[LineText, msgspec.Meta(max_length=200)]
Name = Annotated[NameText, msgspec.Meta(min_length=1, max_length=200)]
Code = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Za-z0-9_-]{2,40}$", description="Letters, digits, - and _; stored upper case"),
]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


Pieces = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class PriceInput(Schema):
    """A product's unit price; without a currency it is in the shop's default one.

    Attributes:
        minimum_quantity: The price holds from this many pieces on.
        valid_from: Without it the price holds at once.
        valid_until: Without it the price holds for ever. Of two that are valid at the same time the one that
            begins last holds.
    """

    product_id: UUID
    unit_price: Amount
    currency_code: Currency | None = None
    minimum_quantity: Pieces = 1
    valid_from: Time | None = None
    valid_until: Time | None = None

    def values(self, terms: Terms) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT for a currency or an amount that the shop cannot sell at)."""
        currency = terms.require_currency(self.currency_code or terms.default_currency)
        require_window(("valid_from", self.valid_from), ("valid_until", self.valid_until))
        return msgspec.structs.asdict(self) | {
            "unit_price": require_charge("unit_price", self.unit_price, currency),
            "currency_code": currency,
        }


class CampaignInput(Schema):
    """A campaign: from ``starts_at`` until before ``ends_at``."""

    name: Name
    starts_at: Time
    ends_at: Time
    active: bool = True

    def values(self, _: Terms) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT when it ends before it starts)."""
        require_window(("starts_at", self.starts_at), ("ends_at", self.ends_at))
        return msgspec.structs.asdict(self) | {"name": require_name("name", self.name)}


class DiscountInput(Schema):
    """A discount: for one product, a category or all, in a campaign or always; FIXED is per piece.

    A FIXED value is in ``currency_code``, else in the shop's default currency, and counts for orders in it.
    """

    type: DiscountType
    value: Amount
    currency_code: Currency | None = None
    description: Text = ""
    product_id: UUID | None = None
    category_id: UUID | None = None
    campaign_id: UUID | None = None
    active: bool = True

    def values(self, terms: Terms) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT for 0, or more than 100 %)."""
        require_one_scope(self.product_id, self.category_id)
        currency = terms.require_currency(self.currency_code or terms.default_currency)
        return msgspec.structs.asdict(self) | {
            "value": require_value(self.type, self.value, currency),
            "currency_code": currency if self.type is DiscountType.FIXED else None,
            "description": optional_line("description", self.description),
        }


class CouponInput(Schema):
    """A coupon: for one product, a category or the whole cart; without times it is always valid.

    Attributes:
        value: "0" for FREE_DELIVERY.
        currency_code: Of a FIXED value and of the minimum; without it they are in the shop's default one.
        minimum_subtotal: The goods are worth at least this, before all reductions.
        limit_total: Uses in all.
        limit_per_customer: Uses of one customer.
        first_order_only: For customers who have no paid order.
        exclusive: It stands alone: beside other coupons it cannot be used.
    """

    code: Code
    type: CouponType
    value: Amount = "0"
    currency_code: Currency | None = None
    description: Text = ""
    minimum_subtotal: Amount = "0.00"
    product_id: UUID | None = None
    category_id: UUID | None = None
    limit_total: Limit | None = None
    limit_per_customer: Limit | None = None
    first_order_only: bool = False
    exclusive: bool = False
    starts_at: Time | None = None
    ends_at: Time | None = None
    active: bool = True

    def values(self, terms: Terms) -> dict[str, Any]:
        """Column values (INVALID_ARGUMENT as for discounts and campaigns)."""
        require_window(("starts_at", self.starts_at), ("ends_at", self.ends_at))
        require_one_scope(self.product_id, self.category_id)
        currency = terms.require_currency(self.currency_code or terms.default_currency)
        minimum = require_step("minimum_subtotal", self.minimum_subtotal, currency)
        has_amount = self.type is CouponType.FIXED or minimum > 0
        return msgspec.structs.asdict(self) | {
            "code": self.code.strip().upper(),
            "value": require_value(self.type, self.value, currency),
            "currency_code": currency if has_amount else None,
            "description": optional_line("description", self.description),
            "minimum_subtotal": minimum,
        }


def require_window(begins: tuple[str, datetime | None], ends: tuple[str, datetime | None]) -> None:
    """Refuse times of other centuries, and a time that ends before it starts; each with its field."""
    for field, time in (begins, ends):
        if time is not None:
            require_time(field, time)
    if begins[1] is not None and ends[1] is not None and begins[1] >= ends[1]:
        raise InvalidArgumentError.field(ends[0], f"must be after {begins[0]}")


def require_one_scope(product_id: UUID | None, category_id: UUID | None) -> None:
    """Refuse a reduction of a product and of a category at the same time."""
    if product_id is not None and category_id is not None:
        raise InvalidArgumentError.field("category_id", "must be left out beside product_id")


def require_step(field: str, value: str, currency: str) -> Decimal:
    """Read an amount; a fraction of the currency's smallest step is refused."""
    amount = Decimal(value)
    if amount != rounded(amount, currency):
        raise InvalidArgumentError.field(field, f"must be a multiple of {exponent(currency)} {currency}")
    return amount


def require_charge(field: str, value: str, currency: str) -> Decimal:
    """Read the price of a piece; one that is larger than any charge is refused."""
    amount, most = require_step(field, value, currency), most_charge(currency)
    if amount > most:
        raise InvalidArgumentError.field(field, f"must be at most {to_wire(most)} {currency}")
    return amount


def require_value(kind: DiscountType | CouponType, value: str, currency: str) -> Decimal:
    """Read the value of a discount or coupon: above 0 (at most 100 for PERCENT), 0 for FREE_DELIVERY."""
    amount = Decimal(value)
    if kind == CouponType.FREE_DELIVERY:
        if amount:
            raise InvalidArgumentError.field("value", "must be 0 for FREE_DELIVERY")
        return amount
    if amount <= 0 or (kind == DiscountType.PERCENT and amount > 100):  # noqa: PLR2004 - 100 %
        raise InvalidArgumentError.field("value", "must be above 0, and at most 100 for PERCENT")
    return require_step("value", value, currency) if kind == DiscountType.FIXED else amount
