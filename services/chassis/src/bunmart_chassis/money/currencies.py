"""Currencies: how they are written, the smallest step of a price, and the unit in which Stripe counts.

The smallest steps come from CLDR by way of babel. Stripe counts some currencies otherwise: 10 ISK, which have
no decimals, are 1000 to Stripe. The list of the shop's currencies is a setting:
docs/pricing.md#currencies says how to add one.
"""

from decimal import Decimal
from functools import cache
from typing import Annotated

import msgspec
from babel.core import get_global
from babel.numbers import get_currency_precision

ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
"""Currencies that Stripe counts in whole units (https://docs.stripe.com/currencies#zero-decimal)."""
_MOST_DECIMALS = 2
_NOT_CHARGEABLE = frozenset({"UGX"})
"""Stripe lists it without decimals and takes it with two: an amount would be wrong by a factor of 100."""

Currency = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217 currency code, upper case")
]


@cache
def exponent(currency: str) -> Decimal:
    """The smallest step of a currency in major units: 0.01 EUR, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


@cache
def stripe_step(currency: str) -> Decimal:
    """The unit of Stripe's integers in major units: 1 where it counts whole ones, else 0.01 or finer."""
    if currency in ZERO_DECIMAL:
        return Decimal(1)
    return min(exponent(currency), Decimal("0.01"))


@cache
def is_chargeable(currency: str) -> bool:
    """True for a currency in use with at most two decimals that Stripe counts as its amounts are written."""
    return (
        currency in _current_currencies()
        and get_currency_precision(currency) <= _MOST_DECIMALS
        and currency not in _NOT_CHARGEABLE
    )


@cache
def _current_currencies() -> frozenset[str]:
    """The currencies that some territory has as legal tender today, by CLDR."""
    return frozenset(
        code
        for history in get_global("territory_currencies").values()
        for code, _, until, tender in history
        if tender and until is None
    )
