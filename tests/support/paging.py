"""Lists over REST, page by page."""

from collections.abc import Mapping
from typing import Any

import httpx


async def read_pages(
    http: httpx.AsyncClient,
    path: str,
    params: Mapping[str, str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    size: int = 2,
) -> list[dict[str, Any]]:
    """Read a list from its first page to its last one.

    No page may be larger than asked for, or empty where another one follows.

    Args:
        http: Of the service.
        path: The list.
        params: Its filters.
        headers: Of the reader.
        size: The size of a page.

    Returns:
        The items of all pages in their order.
    """
    query = {**(params or {}), "page_size": str(size)}
    items: list[dict[str, Any]] = []
    while True:
        response = await http.get(path, params=query, headers=headers)
        assert response.status_code == httpx.codes.OK, response.text
        page = response.json()
        items += page["items"]
        query["page_token"] = page["next_page_token"]
        assert len(page["items"]) <= size
        if not query["page_token"]:
            return items
        assert len(page["items"]) == size
