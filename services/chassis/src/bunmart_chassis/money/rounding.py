"""Rounding of money: every amount that a rule computes is rounded here, once."""

from decimal import ROUND_HALF_UP, Decimal

from bunmart_chassis.money.currencies import exponent


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's smallest step, half up (commercial rounding)."""
    return amount.quantize(exponent(currency), rounding=ROUND_HALF_UP)
