"""The smallest and the largest amount that Stripe charges at once.

See https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts. Stripe states the smallest amount
for the currencies in which it pays a shop out. That of any other is measured in the currency of the shop's
bank account, which is not known here; so only its smallest step is required, and Stripe may refuse more.
"""

from decimal import Decimal

from bunmart_chassis.money.currencies import exponent, stripe_step

MAX_MINOR_UNITS = 99_999_999
_LEAST = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD", "USD"), "0.50"),
    "AED": "2",
    "BGN": "1",
    "CZK": "15",
    "DKK": "2.50",
    "GBP": "0.30",
    "HKD": "4",
    "HUF": "175",
    "JPY": "50",
    "MXN": "10",
    "MYR": "2",
    "NOK": "3",
    "PLN": "2",
    "RON": "2",
    "SEK": "3",
    "THB": "10",
}


def least_charge(currency: str) -> Decimal:
    """Return the smallest amount that can be charged, in major units."""
    return Decimal(_LEAST[currency]) if currency in _LEAST else exponent(currency)


def most_charge(currency: str) -> Decimal:
    """Return the largest amount that can be charged, in major units."""
    return MAX_MINOR_UNITS * stripe_step(currency)
