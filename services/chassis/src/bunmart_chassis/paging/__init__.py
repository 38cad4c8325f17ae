"""Keyset pagination: ``page_size`` and ``page_token`` in, ``next_page_token`` out."""

from bunmart_chassis.paging.page import (
    MAX_PAGE_SIZE,
    Page,
    PageSize,
    PageToken,
    decode_token,
    encode_token,
    page_of,
    size_of,
)

__all__ = [
    "MAX_PAGE_SIZE",
    "Page",
    "PageSize",
    "PageToken",
    "decode_token",
    "encode_token",
    "page_of",
    "size_of",
]
