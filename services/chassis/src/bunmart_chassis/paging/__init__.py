"""Lists in pages: ``page_size`` and ``page_token`` in, ``next_page_token`` out, over REST and gRPC.

``PagedQuery`` holds the statements of a list, ``PageRequest`` what the caller asked for.
"""

from bunmart_chassis.paging.page import MAX_PAGE_SIZE, Page, PageRequest, provide_page
from bunmart_chassis.paging.page_token import decode_token, encode_token
from bunmart_chassis.paging.paged_query import PagedQuery

__all__ = [
    "MAX_PAGE_SIZE",
    "Page",
    "PageRequest",
    "PagedQuery",
    "decode_token",
    "encode_token",
    "provide_page",
]
