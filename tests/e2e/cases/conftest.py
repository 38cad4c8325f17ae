"""One running shop for all files of this folder."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.cases.shop import Person, Shop
from tests.e2e.conftest import running_system

SETTINGS = {
    "BUNMART_SHOP_CURRENCIES": (
        '{"EUR": {"delivery_fee": "4.90", "free_from": "30.00"}, "JPY": {"delivery_fee": "600", '
        '"free_from": "5000"}}'
    ),
    "BUNMART_REPEATED_CLICK_SECONDS": "600",
}
"""A shop that sells in a currency without cents too; on a slow machine a second click comes late."""


@pytest.fixture(scope="package")
def system() -> Iterator[Any]:
    """A running, seeded system in a folder of its own."""
    with running_system(SETTINGS) as running:
        yield running


@pytest.fixture(scope="package")
async def shop(system: Any) -> AsyncIterator[Shop]:
    """The shop with its staff."""
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        shop = Shop(system, client)
        await shop.open()
        yield shop


@pytest.fixture(scope="package")
async def customer(shop: Shop) -> Person:
    """A customer for tests that do not mind what others ordered for him."""
    return await shop.customer()


@pytest.fixture(scope="package")
async def product(shop: Shop) -> str:
    """A product for 20.00 EUR, which no test changes."""
    return await shop.product()
