"""Amounts as they are written: decimal strings on every wire, minor units only towards Stripe."""

from decimal import Decimal
from typing import Annotated

import msgspec

from bunmart_chassis.money.currencies import exponent

Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(0|[1-9]\d{0,8})(\.\d{1,2})?$",
        description='Money in major units as a decimal string, for example "19.99"',
        examples=["19.99"],
    ),
]


def to_wire(amount: Decimal) -> str:
    """Write money for REST and gRPC: plain digits with at least two decimals, no exponent."""
    return f"{amount:.2f}"


def to_minor(amount: Decimal, currency: str) -> int:
    """Convert major to minor units (cents); a part of a minor unit is a ``ValueError``."""
    minor = amount / exponent(currency)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} {currency} has a fraction of the smallest unit")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Convert minor units (cents) to major ones."""
    return Decimal(minor) * exponent(currency)
