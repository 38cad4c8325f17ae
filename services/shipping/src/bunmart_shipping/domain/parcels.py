"""A parcel as its order describes it: the content, the customer, the address."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

MAX_CARRIER = 80
MAX_PRODUCTS = 200
MAX_NOTES = 2000
"""Characters of the notes for the driver, and of the customer's note."""
MAX_ORDER_NUMBER = 40
MAX_NAME = 120
"""Characters of the name of a person."""
MAX_ADDRESS_PART = 200


class Address(msgspec.Struct, frozen=True):
    """An address as it was when the order was confirmed; ``country`` is ISO 3166-1 alpha-2."""

    recipient: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""


class Parcel(NamedTuple):
    """The content of a shipment, and for whom it is.

    Attributes:
        user_id: The customer, who is told how far it is.
        shipping_address_id: Of the user service.
        product_ids: The products.
        carrier: Empty means our own drivers.
        order_number: The number of the order that people read to each other.
        order_note: The customer's note.
        address: The address that the customer confirmed; None when the caller does not know it.
    """

    user_id: UUID
    shipping_address_id: UUID | None
    product_ids: Sequence[UUID] = ()
    carrier: str = ""
    order_number: str = ""
    order_note: str = ""
    address: Address | None = None
