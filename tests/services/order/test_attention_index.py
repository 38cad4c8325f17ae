"""The list of the orders that need an admin reads these orders, not all others."""

import json
from typing import Any

import pytest

from tests.services.order.conftest import USER, Shop

OLD_ORDERS = (
    "INSERT INTO orders (id, user_id, status, currency_code, coupon_codes, attention, created_at, updated_at) "
    "SELECT gen_random_uuid(), $1, 'completed', 'EUR', '{}', "
    "CASE WHEN n % 500 = 0 THEN 'Ring him.' ELSE '' END, now(), now() FROM generate_series(1, 5000) AS n"
)


async def _statement(shop: Shop, monkeypatch: pytest.MonkeyPatch, params: dict[str, str]) -> str:
    """The statement that the service runs for a list."""
    run, seen = shop.database.fetch, list[str]()

    def record(query: str, *args: Any) -> Any:
        seen.append(query)
        return run(query, *args)

    with monkeypatch.context() as patch:
        patch.setattr(shop.database, "fetch", record)
        answer = await shop.http.get("/api/orders", params=params, headers=shop.admin)
    assert answer.status_code == 200, answer.text
    [statement] = [query for query in seen if "attention" in query.partition("WHERE")[2]]
    return statement


async def _plan(shop: Shop, statement: str, *values: str) -> list[dict[str, Any]]:
    """The scans of the plan that Postgres keeps for a statement, whatever its values are."""
    async with shop.database.pool.acquire() as pooled:
        connection: Any = pooled
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE listed AS {statement}")
        try:
            found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE listed({', '.join(values)})")
        finally:
            await connection.execute("DEALLOCATE listed")
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return [node for node in _nodes(plan) if "Scan" in node["Node Type"]]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]


async def test_its_pages_come_from_the_index_of_these_orders(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.database.execute(OLD_ORDERS, USER)
    await shop.database.execute("ANALYZE orders")
    query = {"attention": "true", "page_size": "4"}
    page = (await shop.http.get("/api/orders", params=query, headers=shop.admin)).json()
    assert [order["attention"] for order in page["items"]] == ["Ring him."] * 4
    last = page["items"][-1]["order_id"]

    first = await _statement(shop, monkeypatch, query)
    second = await _statement(shop, monkeypatch, {**query, "page_token": page["next_page_token"]})

    for plan in (await _plan(shop, first, "5"), await _plan(shop, second, f"'{last}'", "5")):
        assert [scan.get("Index Name") for scan in plan] == ["ix_orders_attention_id"], plan
