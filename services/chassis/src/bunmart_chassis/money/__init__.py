"""Money: ``Decimal`` in major units inside, a decimal string on every wire.

Amounts, currencies and their smallest steps, and the one place where a price is rounded.
"""

from bunmart_chassis.money.amounts import Amount, from_minor, to_minor, to_wire
from bunmart_chassis.money.charges import MAX_MINOR_UNITS, least_charge, most_charge
from bunmart_chassis.money.currencies import ZERO_DECIMAL, Currency, exponent, is_chargeable
from bunmart_chassis.money.rounding import rounded

__all__ = [
    "MAX_MINOR_UNITS",
    "ZERO_DECIMAL",
    "Amount",
    "Currency",
    "exponent",
    "from_minor",
    "is_chargeable",
    "least_charge",
    "most_charge",
    "rounded",
    "to_minor",
    "to_wire",
]
