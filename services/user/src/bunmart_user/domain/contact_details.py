"""E-mail addresses and phone numbers, each in the one form under which it is stored."""

import re

import email_validator
from bunmart_chassis.errors import InvalidArgumentError

# Local systems live under .local; nobody can take such a name from anybody else.
if "local" in email_validator.SPECIAL_USE_DOMAIN_NAMES:
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_PUNCTUATION = str.maketrans("", "", " -./()\u00a0")


def normalise_email(email: str) -> str:
    """Check an e-mail address and bring it to the one form under which it is unique (lower case, ASCII)."""
    try:
        found = email_validator.validate_email(
            email.strip(), check_deliverability=False, allow_smtputf8=False
        )
    except (email_validator.EmailNotValidError, UnicodeError):
        raise InvalidArgumentError.field("email", "must be an e-mail address") from None
    return (found.ascii_email or found.normalized).lower()


def normalise_phone(phone: str) -> str:
    """Check a phone number and bring it to E.164; empty stays empty."""
    compact = phone.translate(_PHONE_PUNCTUATION)
    if compact and not _E164.fullmatch(compact):
        raise InvalidArgumentError.field("phone", 'must be in international form, such as "+4915112345678"')
    return compact
