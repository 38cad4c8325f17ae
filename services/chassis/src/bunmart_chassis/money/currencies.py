"""Currencies: how they are written and the smallest step in which each is charged."""

from decimal import Decimal
from typing import Annotated

import msgspec

ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
"""Currencies without minor units (https://docs.stripe.com/currencies#zero-decimal)."""

Currency = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217 currency code, upper case")
]


def exponent(currency: str) -> Decimal:
    """The smallest step of a currency in major units: 0.01, or 1 where there are no minor units."""
    return Decimal(1) if currency in ZERO_DECIMAL else Decimal("0.01")
