"""Keyset pagination: ``page_size``, ``page_token`` in, ``next_page_token`` out.

These are the names of the brief's gRPC Data Format Conventions.
A list is read in the order of a key that never repeats; the token carries the key of the last row. Its cost
does not depend on how far the reader has come, and rows that appear meanwhile shift nothing.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from bunmart_chassis.errors import InvalidArgumentError

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
PageSize = Annotated[
    int | None, QueryParameter(name="page_size", ge=0, description="1 to 100; 20 when absent")
]
"""Query parameter of a list; the handler's argument may have any name."""
PageToken = Annotated[
    str | None, QueryParameter(name="page_token", description="next_page_token of the page before")
]
"""Query parameter of a list."""
Item = TypeVar("Item")
Shown = TypeVar("Shown")
Key = TypeVar("Key")


class Page(msgspec.Struct, Generic[Item], kw_only=True):
    """One page of a list; an empty ``next_page_token`` means that it is the last."""

    items: list[Item]
    next_page_token: str = ""

    def map(self, present: Callable[[Item], Shown]) -> "Page[Shown]":
        """The same page with every item presented."""
        return Page(items=[present(item) for item in self.items], next_page_token=self.next_page_token)


def size_of(value: int | None) -> int:
    """Read ``page_size``: absent or 0 is 20, above 100 is 100 (AIP-158), negative is INVALID_ARGUMENT."""
    if value is None or value == 0:
        return DEFAULT_PAGE_SIZE
    if value < 0:
        raise InvalidArgumentError.field("page_size", "must not be negative")
    return min(value, MAX_PAGE_SIZE)


def encode_token(key: object) -> str:
    """Write the key of the last row as an opaque token."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_token(token: str | None, kind: type[Key]) -> Key | None:
    """Read a token back as ``kind`` (``UUID``, or a tuple of types); empty is None.

    Raises:
        InvalidArgumentError: It is not a token of this list.
    """
    if not token:
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise InvalidArgumentError.field("page_token", "is not a token of this list") from None


def page_of(rows: Sequence[Item], size: int, key: Callable[[Item], object]) -> Page[Item]:
    """Cut a page from ``size + 1`` rows: the row too many tells that there is a next page."""
    items = list(rows[:size])
    token = encode_token(key(items[-1])) if len(rows) > size else ""
    return Page(items=items, next_page_token=token)
