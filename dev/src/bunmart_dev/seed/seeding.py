"""Puts the bakery into a system, in steps that may be repeated and may run at the same time elsewhere."""

import asyncio
import uuid
from collections.abc import Callable

from bunmart_dev.seed.people import People
from bunmart_dev.seed.stock import Stock
from bunmart_dev.seed.writer import Writer
from bunmart_dev.shop_client import ShopError, shop_client

VERSION = 1
"""Of the data below this package. A system that has it is left alone, so that its admins' changes stay."""
_MARK = "seeded_version"


async def seed(
    url: str,
    *,
    email: str,
    password: str,
    logins: dict[str, str],
    again: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> int:
    """Create what is not there yet.

    Args:
        url: The ingress.
        email: An admin.
        password: His password; the demo users get the same.
        logins: E-mail address of a demo user by role: customer, kitchen, driver.
        again: Look for each thing even when the system has been seeded, and put back what was deleted.
        say: Takes a line about the progress.

    Returns:
        How many things were created.

    Raises:
        ShopError: The shop refused, or did not answer.
    """
    async with shop_client(url) as shop:
        login = await shop.log_in(email, password)
        if not login.is_success:
            raise ShopError(f"{email} could not log in: {login.problem}")
        # Another key space: a replayed answer would name what was deleted meanwhile.
        keys = f"seed-{uuid.uuid4()}" if again else f"seed-{VERSION}"
        writer = Writer(shop, login.body["access_token"], keys, say)
        admin = await writer.get("/api/auth/me")
        if not again and admin["preferences"].get(_MARK) == VERSION:
            return 0
        people = People(writer, logins, password)
        await asyncio.gather(Stock(writer).create(), people.create())
        marked = {"preferences": {**admin["preferences"], _MARK: VERSION}}
        await writer.put(f"/api/users/{admin['user_id']}", marked)
        return writer.created
