"""The cart page over REST: reading, changing, and the callers who may not."""

from typing import Any
from uuid import uuid4

import pytest
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.services.cart.conftest import BUN, ROLL, SESSION, USER, Shop
from tests.support import problem


def lines(cart: dict[str, Any]) -> dict[str, int]:
    return {item["product_id"]: item["quantity"] for item in cart["items"]}


async def test_opening_returns_the_same_cart_again(shop: Shop) -> None:
    first = (await shop.http.post("/api/carts", json={"note": "ring twice"}, headers=shop.customer)).json()
    again = await shop.http.post("/api/carts", headers=shop.customer)

    assert again.status_code == 201
    assert again.json() == first
    assert first["cart"]["user_id"] == str(USER)
    assert (first["session_id"], first["cart"]["note"], first["cart"]["items"]) == ("", "ring twice", [])
    assert len(shop.peers.calls("ValidateUser")) == 1


async def test_a_visitor_gets_a_session_that_nobody_guesses(shop: Shop) -> None:
    opened = (await shop.http.post("/api/carts")).json()
    other = (await shop.http.post("/api/carts")).json()

    assert len(opened["session_id"]) == 32
    assert opened["session_id"] != other["session_id"]
    headers = {"x-session-id": opened["session_id"]}
    assert (await shop.http.get("/api/carts/session", headers=headers)).json() == opened["cart"]
    given = await shop.http.post("/api/carts", json={"session_id": SESSION})
    assert given.json()["session_id"] == SESSION


async def test_one_key_of_two_visitors_is_two_carts(shop: Shop) -> None:
    key = {"idempotency-key": "1"}

    opened = [(await shop.http.post("/api/carts", headers=key)).json() for _ in range(2)]
    path = f"/api/carts/{opened[0]['cart']['cart_id']}"
    owner = {"x-session-id": opened[0]["session_id"]}
    noted = await shop.http.put(path, json={"note": "ring twice"}, headers=key | owner)
    denied = await shop.http.put(path, json={"note": "ring twice"}, headers=key)

    assert len({each["session_id"] for each in opened}) == 2
    assert (noted.status_code, problem(denied)["code"]) == (200, "PERMISSION_DENIED")
    assert await shop.database.fetch("SELECT 1 FROM idempotency_keys") == []


async def test_an_unknown_user_cannot_open_a_cart(shop: Shop) -> None:
    shop.peers.answer("ValidateUser", ValidateUserResponse(valid=False))

    refused = await shop.http.post("/api/carts", headers=shop.customer)

    assert (refused.status_code, problem(refused)["code"]) == (404, "USER_NOT_FOUND")
    assert await shop.database.fetch("SELECT 1 FROM carts") == []


async def test_who_has_no_cart_reads_an_empty_one(shop: Shop) -> None:
    empty: dict[str, Any] = {
        "cart_id": None,
        "user_id": str(USER),
        "note": "",
        "items": [],
        "updated_at": None,
    }
    assert (await shop.http.get(f"/api/carts/user/{USER}", headers=shop.customer)).json() == empty
    visitor = await shop.http.get(f"/api/carts/session?session_id={SESSION}")
    assert visitor.json() == empty | {"user_id": None}
    assert await shop.database.fetch("SELECT 1 FROM carts") == []


async def test_an_item_is_changed_and_removed(shop: Shop) -> None:
    await shop.add(BUN, 2)
    cart = await shop.add(ROLL, 1)
    bun = f"/api/carts/{cart.cart_id}/items/{cart.items[0].cart_item_id}"

    changed = await shop.http.put(bun, json={"quantity": 7}, headers=shop.customer)
    assert (changed.status_code, lines(changed.json())) == (200, {str(BUN): 7, str(ROLL): 1})
    noted = await shop.http.put(bun, json={"note": "well done"}, headers=shop.customer)
    assert noted.json()["items"][0]["note"] == "well done"
    assert lines(noted.json()) == {str(BUN): 7, str(ROLL): 1}

    removed = await shop.http.delete(bun, headers=shop.customer)
    assert (removed.status_code, lines(removed.json())) == (200, {str(ROLL): 1})
    for again in (
        await shop.http.delete(bun, headers=shop.customer),
        await shop.http.put(bun, json={"quantity": 1}, headers=shop.customer),
    ):
        assert (again.status_code, problem(again)["code"]) == (404, "CART_ITEM_NOT_FOUND")


async def test_every_change_of_items_counts_the_version_up_and_a_refused_one_does_not(shop: Shop) -> None:
    cart = await shop.add(BUN)
    item = f"/api/carts/{cart.cart_id}/items/{cart.items[0].cart_item_id}"

    async def version() -> int:
        row = await shop.database.fetchrow("SELECT version FROM carts")
        return int(row["version"])

    await shop.http.put(item, json={"quantity": 2}, headers=shop.customer)
    assert await version() == 2
    await shop.http.put(f"/api/carts/{cart.cart_id}", json={"note": "x"}, headers=shop.customer)
    await shop.http.put(item, json={"quantity": 3}, headers=shop.stranger)
    await shop.http.delete(f"/api/carts/{cart.cart_id}/items/{uuid4()}", headers=shop.customer)
    assert await version() == 2
    await shop.http.delete(item, headers=shop.customer)
    assert await version() == 3


async def test_a_cart_is_deleted_once(shop: Shop) -> None:
    cart = await shop.add(BUN)
    path = f"/api/carts/{cart.cart_id}"

    assert (await shop.http.delete(path, headers=shop.customer)).status_code == 204
    assert problem(await shop.http.delete(path, headers=shop.customer))["code"] == "CART_NOT_FOUND"
    assert problem(await shop.http.get(path, headers=shop.customer))["code"] == "CART_NOT_FOUND"
    assert await shop.database.fetch("SELECT 1 FROM cart_items") == []


@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("visitor", 401), ("nobody", 401)])
async def test_a_users_cart_is_closed_to_others(shop: Shop, who: str, status: int) -> None:
    cart = await shop.add(BUN, 2)
    await _all_refused(shop, cart, getattr(shop, who, {}), status)
    assert await shop.content() == {str(BUN): 2}
    assert (
        await shop.http.get(f"/api/carts/user/{USER}", headers=getattr(shop, who, {}))
    ).status_code == status


@pytest.mark.parametrize("who", ["stranger", "customer", "nobody"])
async def test_a_sessions_cart_is_closed_to_who_does_not_know_the_session(shop: Shop, who: str) -> None:
    cart = await shop.add_as_visitor(BUN, 2)
    await _all_refused(shop, cart, getattr(shop, who, {}) | {"x-session-id": SESSION + "x"}, 403)
    await _all_refused(shop, cart, getattr(shop, who, {}), 403)
    assert [row["quantity"] for row in await shop.database.fetch("SELECT quantity FROM cart_items")] == [2]


async def _all_refused(shop: Shop, cart: Any, headers: dict[str, str], status: int) -> None:
    path = f"/api/carts/{cart.cart_id}"
    item = f"{path}/items/{cart.items[0].cart_item_id}"
    for method, target, body in [
        ("GET", path, None),
        ("PUT", path, {"note": "stolen"}),
        ("DELETE", path, None),
        ("PUT", item, {"quantity": 9}),
        ("DELETE", item, None),
    ]:
        refused = await shop.http.request(method, target, json=body, headers=headers)
        assert (method, refused.status_code, problem(refused)["status"]) == (method, status, status)
    assert (await shop.database.fetchrow("SELECT note, version FROM carts")) == ("", 1)


async def test_the_visitor_and_an_admin_may_change_a_sessions_cart(shop: Shop) -> None:
    cart = await shop.add_as_visitor()
    path = f"/api/carts/{cart.cart_id}"

    for who in (shop.visitor, shop.admin):
        changed = await shop.http.put(path, json={"note": "for two"}, headers=who)
        assert (changed.status_code, changed.json()["note"]) == (200, "for two")
    assert (await shop.http.get(f"{path}?session_id={SESSION}")).status_code == 200


BAD: list[tuple[str, str, Any]] = [
    ("PUT", "{cart}/items/{item}", {}),
    ("PUT", "{cart}/items/{item}", {"quantity": 0}),
    ("PUT", "{cart}/items/{item}", {"quantity": -5}),
    ("PUT", "{cart}/items/{item}", {"quantity": 1001}),
    ("PUT", "{cart}/items/{item}", {"quantity": 10**30}),
    ("PUT", "{cart}/items/{item}", {"quantity": "two"}),
    ("PUT", "{cart}/items/{item}", {"quantity": 1.5}),
    ("PUT", "{cart}/items/{item}", {"note": "\x00"}),
    ("PUT", "{cart}/items/{item}", {"note": "x" * 501}),
    ("PUT", "{cart}/items/{item}", {"pieces": 2}),
    ("PUT", "{cart}", {"note": None}),
    ("PUT", "{cart}", {"note": "\x00"}),
    ("PUT", "{cart}", []),
    ("POST", "", {"session_id": "short"}),
    ("POST", "/merge", {"session_id": "x" * 20 + "\n"}),
    ("POST", "", {"note": 1}),
    ("POST", "/merge", {}),
    ("POST", "/merge", {"session_id": "x" * 20 + "\x00"}),
    ("POST", "/checkout", {"product_ids": []}),
    ("POST", "/checkout", {"product_ids": ["x"]}),
    ("POST", "/checkout", {"product_ids": [str(BUN)] * 101}),
    ("POST", "/checkout", {"cart_id": "x"}),
]


async def test_bad_input_is_refused_by_name(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    for method, path, body in BAD:
        target = path.format(cart=f"/{cart.cart_id}", item=cart.items[0].cart_item_id)
        refused = await shop.http.request(method, f"/api/carts{target}", json=body, headers=shop.customer)
        assert (body, refused.status_code) == (body, 400)
        assert problem(refused)["errors"]
    assert await shop.content() == {str(BUN): 2}
    assert shop.peers.calls("CreateOrderIntent") == []
