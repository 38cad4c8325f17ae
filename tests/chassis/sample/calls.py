"""Calls of the sample's REST, and their traces in its database."""

from typing import Any
from uuid import uuid4

from tests.support import ServiceHarness

KEY = {"idempotency-key": "key-1"}


def body(product: str = "", quantity: int = 1) -> dict[str, Any]:
    return {"product_id": product or str(uuid4()), "quantity": quantity}


async def count(sample: ServiceHarness, table: str) -> int:
    row = await sample.database.fetchrow(f"SELECT count(*) FROM {table}")
    assert row
    found: int = row[0]
    return found
