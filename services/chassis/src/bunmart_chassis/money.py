"""Money: ``Decimal`` in major units, a decimal string on every wire, minor units only towards Stripe."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

import msgspec

ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
"""Currencies without minor units (https://docs.stripe.com/currencies#zero-decimal)."""

Currency = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217 currency code, upper case")
]
Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(0|[1-9]\d{0,8})(\.\d{1,2})?$",
        description='Money in major units as a decimal string, for example "19.99"',
        examples=["19.99"],
    ),
]


def exponent(currency: str) -> Decimal:
    """The smallest step of a currency in major units: 0.01, or 1 where there are no minor units."""
    return Decimal(1) if currency in ZERO_DECIMAL else Decimal("0.01")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's smallest step, half up (commercial rounding)."""
    return amount.quantize(exponent(currency), rounding=ROUND_HALF_UP)


def to_wire(amount: Decimal) -> str:
    """Write money for REST and gRPC: plain digits with at least two decimals, no exponent."""
    return f"{amount:.2f}"


def to_minor(amount: Decimal, currency: str) -> int:
    """Major to minor units (cents); exact or ``ValueError``."""
    minor = amount / exponent(currency)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} {currency} has a fraction of the smallest unit")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Minor units (cents) to major."""
    return Decimal(minor) * exponent(currency)
