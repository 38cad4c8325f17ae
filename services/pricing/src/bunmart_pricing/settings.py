"""Settings of the pricing service."""

from decimal import Decimal
from typing import Annotated, Self

from bunmart_chassis.lifecycle import ServiceSettings
from bunmart_chassis.money import is_chargeable, rounded
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bunmart_pricing.domain import CurrencyTerms, Terms

STANDARD = "standard"
_Amount = Annotated[Decimal, Field(ge=0, lt=10**9)]
_Rate = Annotated[Decimal, Field(ge=0, lt=100, decimal_places=2)]
"""Orders keep a rate with two decimals."""


class Delivery(BaseModel):
    """The delivery in one currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delivery_fee: _Amount
    free_from: _Amount | None = None


class Settings(ServiceSettings):
    """Settings that the pricing service adds to the common ones."""

    shop_currencies: dict[str, Delivery] = Field(
        default={"EUR": Delivery(delivery_fee=Decimal("4.90"), free_from=Decimal("30.00"))}
    )
    """The currencies in which the shop sells (ISO 4217), the preferred ones first, each with its delivery fee
    and with the value of goods from which the delivery is free; without ``free_from`` it never is. Another
    example: ``{"USD": {"delivery_fee": "5.50", "free_from": "35"}, "JPY": {"delivery_fee": "600"}}``."""
    currency_code: str = ""
    """The shop's default currency: that of a price or an order that names none. Empty for the first of the
    shop's currencies."""
    tax_rates: dict[str, _Rate] = Field(
        default={"food": Decimal(7), "beverage": Decimal(19), STANDARD: Decimal(19)}
    )
    """The rate of each tax category in percent; ``standard`` is that of all others, and of the delivery."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Refuse what could not be sold or charged."""
        if not self.shop_currencies:
            raise ValueError("shop_currencies must name a currency")
        for code, delivery in self.shop_currencies.items():
            if not is_chargeable(code):
                raise ValueError(f"shop_currencies: {code} cannot be charged")
            for amount in (delivery.delivery_fee, delivery.free_from or Decimal(0)):
                if amount != rounded(amount, code):
                    raise ValueError(f"shop_currencies: {amount} is finer than the smallest step of {code}")
        if self.currency_code and self.currency_code not in self.shop_currencies:
            raise ValueError("currency_code must be one of shop_currencies")
        if STANDARD not in self.tax_rates:
            raise ValueError(f"tax_rates must have a rate for {STANDARD}")
        return self

    @property
    def terms(self) -> Terms:
        """The terms under which the shop sells."""
        return Terms(
            currencies={
                code: CurrencyTerms(delivery.delivery_fee, delivery.free_from)
                for code, delivery in self.shop_currencies.items()
            },
            default_currency=self.currency_code or next(iter(self.shop_currencies)),
            tax_rates=self.tax_rates,
            standard_tax_rate=self.tax_rates[STANDARD],
            delivery_tax_rate=self.tax_rates[STANDARD],
        )
