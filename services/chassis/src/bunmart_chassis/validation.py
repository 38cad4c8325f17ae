"""Checks of request fields, one sentence each. All raise ``InvalidArgumentError`` that names the field."""

import re
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from bunmart_chassis import texts
from bunmart_chassis.errors import InvalidArgumentError

MAX_QUANTITY = 1000
"""Pieces of one product in a line."""
_MOST_READ = 100_000
"""Characters of a text that are looked at, before its blanks are taken off."""
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
    """Read ``optional_text`` that shows at least one character."""
    return _required(field, optional_text(field, value, most=most))


def optional_text(field: str, value: str, *, most: int = 200) -> str:
    """Read what a person wrote, of one or many lines: a note, a comment, a description.

    Args:
        field: Its name, for the refusal.
        value: As it was sent. It may be empty.
        most: Characters that are taken at most.

    Returns:
        The text in NFC, with line feeds at the ends of lines and no blanks around it.

    Raises:
        InvalidArgumentError: It is too long, or has characters that nobody sees (``bunmart_chassis.texts``).
    """
    if len(value) > _MOST_READ:
        raise _too_long(field, most)
    text = texts.normalised(value)
    for _, character in texts.hidden_in(text):
        raise InvalidArgumentError.field(field, f"must not contain {texts.described(character)}")
    text = text.strip()
    if len(text) > most:
        raise _too_long(field, most)
    return text


def require_line(field: str, value: str, *, most: int = 200) -> str:
    """Read ``optional_line`` that shows at least one character."""
    return _required(field, optional_line(field, value, most=most))


def optional_line(field: str, value: str, *, most: int = 200) -> str:
    """Read ``optional_text`` of one line, without a tab: a part of an address, a reason, a subject."""
    line = optional_text(field, value, most=most)
    if "\n" in line or "\t" in line:
        raise InvalidArgumentError.field(field, "must be one line without a tab")
    return line


def require_name(field: str, value: str, *, most: int = 200) -> str:
    """Read ``optional_name`` that shows at least one character."""
    return _required(field, optional_name(field, value, most=most))


def optional_name(field: str, value: str, *, most: int = 200) -> str:
    """Read ``optional_line`` that has no link: the name of a person, a product, a campaign.

    A name stands in mails and lists that others read. One such as ``evil.com`` would become a link there.
    """
    name = optional_line(field, value, most=most)
    if texts.has_link(name):
        raise InvalidArgumentError.field(field, "must be a name, without an address of the web or of mail")
    return name


def _required(field: str, text: str) -> str:
    if not texts.is_visible(text):
        raise InvalidArgumentError.field(field, "is required")
    return text


def _too_long(field: str, most: int) -> InvalidArgumentError:
    return InvalidArgumentError.field(field, f"must have at most {most} characters")


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
