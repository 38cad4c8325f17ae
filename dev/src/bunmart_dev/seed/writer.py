"""The seed's way to read and write: as an admin, with idempotency keys that name the thing."""

import asyncio
from collections.abc import Callable
from typing import Any

from bunmart_dev.shop_client import Answer, ShopClient, ShopError

_AT_ONCE = 6
"""Requests under way; more make no two cores faster."""
_PAGE_SIZE = 100


class Writer:
    """Calls of the admin who seeds.

    Args:
        shop: The client.
        token: The admin's access token.
        keys: First part of every idempotency key: the same for two seeds that run at once.
        say: Takes a line about the progress.
    """

    def __init__(self, shop: ShopClient, token: str, keys: str, say: Callable[[str], None]) -> None:
        self.created = 0
        self.say = say
        self._shop = shop
        self._token = token
        self._keys = keys
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def get(self, path: str) -> Any:
        """Read one thing."""
        return _body(await self._call("GET", path))

    async def items(self, path: str) -> list[dict[str, Any]]:
        """Read all pages of a list."""
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = await self.get(f"{path}{mark}page_size={_PAGE_SIZE}&page_token={token}")
            found += page["items"]
            token = page.get("next_page_token", "")
            if not token:
                return found

    async def create(
        self, path: str, name: str, body: dict[str, Any], taken: Callable[[Answer], bool] = lambda _: False
    ) -> dict[str, Any]:
        """Create a thing; two seeds at once create one.

        Args:
            path: The path to which it is POSTed.
            name: Names it in its idempotency key.
            body: Its JSON.
            taken: Tells if a refusal means that it is there already; the answer is then empty.
        """
        answer = await self._call("POST", path, json=body, key=f"{self._keys}:{path}:{name}")
        if taken(answer):
            return {}
        created: dict[str, Any] = _body(answer)
        self.created += 1
        return created

    async def upload(self, path: str, name: str, content: bytes, content_type: str) -> None:
        """Send a file as it is."""
        headers = {"content-type": content_type}
        key = f"{self._keys}:{path}:{name}"
        _body(await self._call("POST", path, content=content, headers=headers, key=key))
        self.created += 1

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        """Change a thing."""
        return _body(await self._call("PUT", path, json=body))

    async def _call(self, method: str, path: str, **request: Any) -> Answer:
        async with self._gate:
            return await self._shop.call(method, path, token=self._token, **request)


def _body(answer: Answer) -> Any:
    if not answer.is_success:
        raise ShopError(f"{answer.method} {answer.path} was refused ({answer.status}): {answer.problem}")
    return answer.body
