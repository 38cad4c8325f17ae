"""Checks of request fields, one sentence each. All raise ``InvalidArgumentError`` that names the field."""

import re
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError

MAX_QUANTITY = 1000
"""Pieces of one product in a line."""
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_YEARS = range(2000, 2200)
_MAX_AMOUNT = Decimal("999999999.99")
_Text = TypeVar("_Text", bound=str)


def require_uuid(field: str, value: str) -> UUID:
    """Read an identifier."""
    try:
        return UUID(value)
    except ValueError:
        raise InvalidArgumentError.field(
            field, "must be a UUID" if value else "is required and must be a UUID"
        ) from None


def optional_uuid(field: str, value: str) -> UUID | None:
    """Read an identifier that may be absent (an empty string)."""
    return require_uuid(field, value) if value else None


def require_uuids(field: str, values: Collection[str], *, most: int = 200) -> list[UUID]:
    """Read a list of identifiers with at least one and at most ``most`` entries; duplicates are dropped."""
    if not values:
        raise InvalidArgumentError.field(field, "must not be empty")
    if len(values) > most:
        raise InvalidArgumentError.field(field, f"must have at most {most} entries")
    return list(dict.fromkeys(require_uuid(f"{field}[{index}]", value) for index, value in enumerate(values)))


def require_quantity(field: str, value: int) -> int:
    """Read a number of pieces, 1 to ``MAX_QUANTITY``."""
    if not 1 <= value <= MAX_QUANTITY:
        raise InvalidArgumentError.field(field, f"must be between 1 and {MAX_QUANTITY}")
    return value


def require_text(field: str, value: str, *, most: int = 200) -> str:
    """Read a text of 1 to ``most`` characters, stripped."""
    stripped = value.strip()
    if not stripped:
        raise InvalidArgumentError.field(field, "is required")
    return optional_text(field, stripped, most=most)


def optional_text(field: str, value: str, *, most: int = 200) -> str:
    """Read a text of up to ``most`` characters that may be empty, stripped."""
    stripped = value.strip()
    if len(stripped) > most:
        raise InvalidArgumentError.field(field, f"must have at most {most} characters")
    if "\x00" in stripped:
        raise InvalidArgumentError.field(field, "must not contain NUL characters")
    return stripped


def require_one_of(field: str, value: str, allowed: Collection[_Text]) -> _Text:
    """Read one of the allowed words, exactly as written."""
    for word in allowed:
        if word == value:
            return word
    raise InvalidArgumentError.field(field, f"must be one of {', '.join(allowed)}")


def require_amount(field: str, value: str) -> Decimal:
    """Read a decimal string in major units, not negative, below one billion."""
    if not _AMOUNT.fullmatch(value):
        raise InvalidArgumentError.field(field, 'must be a decimal string such as "19.99"')
    amount = Decimal(value)
    if amount > _MAX_AMOUNT:
        raise InvalidArgumentError.field(field, f"must be between 0 and {_MAX_AMOUNT}")
    return amount


def require_time(field: str, value: datetime) -> datetime:
    """Refuse a time of another age, such as the zero time of a programming language (year 1)."""
    if value.year not in _YEARS:
        raise InvalidArgumentError.field(field, f"must be in the years {_YEARS[0]} to {_YEARS[-1]}")
    return value
