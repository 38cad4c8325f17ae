"""A page of a list and the request for one, with the names of proto/README.md over REST and gRPC alike."""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from bunmart_chassis.errors import InvalidArgumentError

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
Item = TypeVar("Item")
Shown = TypeVar("Shown")


class PageRequest(msgspec.Struct, frozen=True):
    """A request for one page.

    Attributes:
        size: At most so many items, 1 to ``MAX_PAGE_SIZE``.
        token: ``next_page_token`` of the page before; empty for the first page.
    """

    size: int = DEFAULT_PAGE_SIZE
    token: str = ""

    @classmethod
    def of(cls, page_size: int | None, page_token: str | None) -> "PageRequest":
        """Read what a caller sent: absent or 0 is 20, above 100 is 100 (https://google.aip.dev/158).

        Raises:
            InvalidArgumentError: ``page_size`` is negative.
        """
        if page_size is not None and page_size < 0:
            raise InvalidArgumentError.field("page_size", "must not be negative")
        return cls(min(page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE), page_token or "")


class Page(msgspec.Struct, Generic[Item], kw_only=True):
    """One page of a list; an empty ``next_page_token`` means that it is the last."""

    items: list[Item]
    next_page_token: str = ""

    def map(self, present: Callable[[Item], Shown]) -> "Page[Shown]":
        """Return the same page with every item presented."""
        return Page(items=[present(item) for item in self.items], next_page_token=self.next_page_token)


def provide_page(
    page_size: Annotated[int | None, QueryParameter(ge=0, description="1 to 100; 20 when absent")] = None,
    page_token: Annotated[
        str | None, QueryParameter(description="next_page_token of the page before")
    ] = None,
) -> PageRequest:
    """Litestar dependency ``page``: the query parameters ``page_size`` and ``page_token`` of a list."""
    return PageRequest.of(page_size, page_token)
