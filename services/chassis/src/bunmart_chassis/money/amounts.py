"""Amounts as they are written: decimal strings on every wire, minor units only towards Stripe."""

from decimal import Decimal
from typing import Annotated

import msgspec

from bunmart_chassis.money.currencies import exponent, stripe_step

_LEAST_DECIMALS = 2
Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$(?!\n)",
        description='Money in major units as a decimal string, for example "19.99"',
        examples=["19.99"],
    ),
]

MAX_MINOR_UNITS = 99_999_999
"""Stripe's limit of an amount (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""


def largest_charge(currency: str) -> Decimal:
    """Return the largest amount that can be charged at once, in major units: 999999.99 EUR, 99999999 JPY."""
    return from_minor(MAX_MINOR_UNITS, currency)


def to_wire(amount: Decimal) -> str:
    """Write money for REST and gRPC: plain digits, at least two decimals and more only where they count."""
    places = -int(amount.as_tuple().exponent)
    if places > _LEAST_DECIMALS:
        places = max(_LEAST_DECIMALS, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{max(_LEAST_DECIMALS, places)}f}"


def to_minor(amount: Decimal, currency: str) -> int:
    """Convert major to the minor units of Stripe (cents).

    Raises:
        ValueError: It has a fraction of the currency's smallest step.
    """
    if amount % exponent(currency):
        raise ValueError(f"{amount} {currency} has a fraction of the smallest unit")
    return int(amount / stripe_step(currency))


def from_minor(minor: int, currency: str) -> Decimal:
    """Convert Stripe's minor units (cents) to major ones."""
    return Decimal(minor) * stripe_step(currency)
