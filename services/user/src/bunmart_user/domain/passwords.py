"""The rules of passwords: their length, and those that anybody would guess."""

import unicodedata
from collections.abc import Iterable

import zxcvbn_rs_py
from bunmart_chassis.errors import InvalidArgumentError

MIN_PASSWORD = 10
MAX_PASSWORD = 128
FEWEST_GUESSES = 10**6
"""A password that a guesser with lists, names, dates and keyboards finds sooner is refused."""
_ESTIMATED = 32
"""Characters that are looked at: the time grows with their square, and so many good ones are enough."""


def require_acceptable_password(
    password: str, personal: Iterable[str | None], *, field: str = "password"
) -> None:
    """Refuse a password that is easy to guess (NIST SP 800-63B, 3.1.1). This may take a tenth of a second.

    Args:
        password: The one that somebody wants.
        personal: What others know of the person: e-mail address, name.
        field: The field that the refusal names.

    Raises:
        InvalidArgumentError: It is too short, too long, or among the first million guesses (400).
    """
    require_length(password, field=field)
    normal = unicodedata.normalize("NFKC", password)
    known = [each for each in personal if each]
    if normal.lower() in {each.lower() for each in known}:
        raise InvalidArgumentError.field(field, "must not be the e-mail address or the name")
    words = ["bunmart", *known, *(each.partition("@")[0] for each in known)]
    found = zxcvbn_rs_py.zxcvbn(normal[:_ESTIMATED], words)
    if found.guesses < FEWEST_GUESSES:
        hint = f" ({found.feedback.warning})" if found.feedback and found.feedback.warning else ""
        raise InvalidArgumentError.field(field, f"is easy to guess{hint}")


def require_length(password: str, *, field: str = "password") -> None:
    """Refuse a password that is too short or too long.

    Raises:
        InvalidArgumentError: It is (400).
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidArgumentError.field(field, f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
