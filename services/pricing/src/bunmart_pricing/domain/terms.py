"""The terms of the shop: its currencies with their delivery fees, and its tax rates."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from bunmart_chassis.errors import InvalidArgumentError


class CurrencyTerms(msgspec.Struct, frozen=True):
    """The delivery in one currency: its fee, and the value of goods from which it is free (None: never)."""

    delivery_fee: Decimal
    free_from: Decimal | None


class Terms(msgspec.Struct, frozen=True):
    """The terms under which the shop sells.

    Attributes:
        currencies: The currencies in which it sells, the preferred ones first.
        default_currency: One of them.
        tax_rates: Percent by tax category.
        standard_tax_rate: Percent for a category without a rate of its own.
        delivery_tax_rate: Percent.
    """

    currencies: Mapping[str, CurrencyTerms]
    default_currency: str
    tax_rates: Mapping[str, Decimal]
    standard_tax_rate: Decimal
    delivery_tax_rate: Decimal

    def tax_rate(self, category: str) -> Decimal:
        """Return the rate of a tax category in percent."""
        return self.tax_rates.get(category, self.standard_tax_rate)

    def delivery_fee(self, goods: Decimal, currency: str) -> Decimal:
        """Return the fee for goods of that value after the discounts of products and before coupons.

        Coupons do not count, so that a coupon never costs a customer the free delivery.
        """
        terms = self.currencies[currency]
        free = terms.free_from is not None and goods >= terms.free_from
        return Decimal(0) if free else terms.delivery_fee

    def require_currency(self, code: str, field: str = "currency_code") -> str:
        """Refuse a currency in which the shop does not sell.

        Raises:
            InvalidArgumentError: It is none of the shop's (``field``).
        """
        if code not in self.currencies:
            raise InvalidArgumentError.field(field, f"must be one of {', '.join(self.currencies)}")
        return code
