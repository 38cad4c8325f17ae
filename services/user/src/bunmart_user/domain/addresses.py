"""The rules of postal addresses."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.validation import optional_line, require_line

from bunmart_user.countries import COUNTRIES

MAX_ADDRESSES = 50
"""Addresses of one user."""


class AddressType(enum.StrEnum):
    """The use of an address."""

    SHIPPING = "SHIPPING"
    BILLING = "BILLING"


class Address(msgspec.Struct):
    """A postal address of a user; ``country`` is ISO 3166-1 alpha-2."""

    id: UUID
    user_id: UUID
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    type: AddressType
    created_at: datetime


def check_address(address: Address) -> Address:
    """Strip and check the fields of an address."""
    country = address.country.strip().upper()
    if country not in COUNTRIES:
        raise InvalidArgumentError.field("country", "must be an ISO 3166-1 alpha-2 code, such as DE")
    return msgspec.structs.replace(
        address,
        line1=require_line("line1", address.line1),
        line2=optional_line("line2", address.line2),
        city=require_line("city", address.city, most=100),
        state=optional_line("state", address.state, most=100),
        postal_code=optional_line("postal_code", address.postal_code, most=20),
        country=country,
    )


def require_below_limit(count: int) -> None:
    """Refuse one more address to a user who has so many.

    Raises:
        FailedPreconditionError: There are ``MAX_ADDRESSES`` already (ADDRESS_LIMIT).
    """
    if count >= MAX_ADDRESSES:
        raise FailedPreconditionError(
            f"More than {MAX_ADDRESSES} addresses are not kept.", code="ADDRESS_LIMIT"
        )
