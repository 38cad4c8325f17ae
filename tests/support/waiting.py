"""Waiting for what nobody announces."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], *, timeout: float = 30) -> None:  # noqa: ASYNC109
    """Wait until a condition (async or not) holds.

    Args:
        condition: Asked every 10 ms.
        timeout: Then it is a TimeoutError, in seconds.
    """
    async with asyncio.timeout(timeout):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.01)
