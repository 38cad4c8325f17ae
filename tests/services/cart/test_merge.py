"""Login: the session's cart becomes part of the user's."""

import asyncio
from typing import Any
from uuid import uuid4

from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.services.cart.conftest import BUN, ROLL, SESSION, USER, Shop
from tests.support import problem


async def merge(shop: Shop, session_id: str = SESSION, **headers: str) -> Any:
    return await shop.http.post(
        "/api/carts/merge", json={"session_id": session_id}, headers=shop.customer | headers
    )


async def test_the_items_move_once(shop: Shop) -> None:
    await shop.add(BUN, 1)
    await shop.add_as_visitor(BUN, 2)
    await shop.add_as_visitor(ROLL, 3)

    answers = await asyncio.gather(*(merge(shop) for _ in range(4)))
    answers.append(await merge(shop))

    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[-1].json()["user_id"] == str(USER)
    assert await shop.content() == {str(BUN): 3, str(ROLL): 3}
    assert await shop.database.fetch("SELECT 1 FROM carts WHERE session_id IS NOT NULL") == []


async def test_who_had_no_cart_gets_one_and_the_visitors_note(shop: Shop) -> None:
    cart = await shop.add_as_visitor(BUN, 2)
    await shop.http.put(f"/api/carts/{cart.cart_id}", json={"note": "sliced"}, headers=shop.visitor)

    merged = (await merge(shop)).json()

    assert (merged["note"], await shop.content()) == ("sliced", {str(BUN): 2})
    assert len(shop.peers.calls("ValidateUser")) == 1


async def test_no_note_is_lost_and_the_own_comes_first(shop: Shop) -> None:
    own = await shop.add(BUN)
    visitor = await shop.add_as_visitor(BUN)
    await shop.add_as_visitor(ROLL)
    for cart, headers, note in ((own, shop.customer, "ring twice"), (visitor, shop.visitor, "nut allergy")):
        await shop.http.put(f"/api/carts/{cart.cart_id}", json={"note": note}, headers=headers)
    for (bun, roll), cart_id, headers in (
        (("for Ann", ""), own.cart_id, shop.customer),
        (("Happy 40!", "sliced"), visitor.cart_id, shop.visitor),
    ):
        items = (await shop.http.get(f"/api/carts/{cart_id}", headers=headers)).json()["items"]
        for item, note in zip(items, (bun, roll), strict=False):
            path = f"/api/carts/{cart_id}/items/{item['cart_item_id']}"
            await shop.http.put(path, json={"note": note}, headers=headers)

    merged = (await merge(shop)).json()

    assert merged["note"] == "ring twice; nut allergy"
    assert {item["product_id"]: item["note"] for item in merged["items"]} == {
        str(BUN): "for Ann; Happy 40!",
        str(ROLL): "sliced",
    }
    assert await shop.content() == {str(BUN): 2, str(ROLL): 1}


async def test_a_sum_and_a_note_end_at_their_limits(shop: Shop) -> None:
    own = await shop.add(BUN, 900)
    await shop.http.put(f"/api/carts/{own.cart_id}", json={"note": "mine"}, headers=shop.customer)
    visitor = await shop.add_as_visitor(BUN, 900)
    await shop.http.put(f"/api/carts/{visitor.cart_id}", json={"note": "x" * 500}, headers=shop.visitor)

    assert (await merge(shop)).json()["note"] == "mine; " + "x" * 494
    assert await shop.content() == {str(BUN): 1000}


async def test_too_many_products_move_nothing(shop: Shop) -> None:
    cart = await shop.add(BUN)
    await shop.database.execute(
        "INSERT INTO cart_items (id, cart_id, product_id, quantity, note) "
        "SELECT gen_random_uuid(), $1, gen_random_uuid(), 1, '' FROM generate_series(1, 99)",
        cart.cart_id,
    )
    await shop.add_as_visitor(ROLL, 3)

    refused = await merge(shop)

    assert (refused.status_code, problem(refused)["code"]) == (409, "CART_FULL")
    assert len(await shop.content()) == 100
    row = await shop.database.fetchrow(
        "SELECT quantity FROM cart_items i JOIN carts c ON c.id = i.cart_id WHERE session_id = $1", SESSION
    )
    assert row["quantity"] == 3


async def test_an_unknown_session_changes_nothing(shop: Shop) -> None:
    await shop.add(BUN, 2)
    assert (await merge(shop, "a-session-that-is-not")).status_code == 200
    assert await shop.content() == {str(BUN): 2}


async def test_an_unknown_user_and_a_visitor_take_no_cart(shop: Shop) -> None:
    await shop.add_as_visitor(BUN, 2)
    shop.peers.answer("ValidateUser", ValidateUserResponse(valid=False))

    assert problem(await merge(shop))["code"] == "USER_NOT_FOUND"
    anonymous = await shop.http.post("/api/carts/merge", json={"session_id": SESSION})
    assert (anonymous.status_code, problem(anonymous)["code"]) == (401, "UNAUTHENTICATED")
    owners = await shop.database.fetch("SELECT session_id FROM carts")
    assert [row["session_id"] for row in owners] == [SESSION]


async def test_a_repeat_under_a_key_is_replayed(shop: Shop) -> None:
    key = str(uuid4())
    await shop.add_as_visitor(BUN, 2)
    first = await merge(shop, **{"idempotency-key": key})
    again = await merge(shop, **{"idempotency-key": key})

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
