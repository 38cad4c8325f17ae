"""What comes back into the cart from an order that ended unpaid."""

import asyncio
import logging
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.cart.v1.cart_pb2 import RestoreCartRequest
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.services.cart.conftest import BUN, GONE, ROLL, USER, Shop
from tests.support import rpc_error


async def ordered_cart(shop: Shop, pieces: int = 2) -> tuple[str, UUID]:
    """A cart whose buns were ordered and have left it; its id and the order's."""
    cart = await shop.add(BUN, pieces)
    order_id = UUID((await shop.checkout()).json()["order_id"])
    await shop.ordered(cart.cart_id, order_id, BUN)
    return cart.cart_id, order_id


async def test_an_order_comes_back_once_with_its_notes(shop: Shop) -> None:
    _, order_id = await ordered_cart(shop)
    goods = [(BUN, 2, "Happy 40, Ann!"), (ROLL, 1, "")]

    answers = await asyncio.gather(*(shop.restore(order_id, *goods) for _ in range(4)))

    assert answers == [True] * 4
    items = (await shop.read())["items"]
    assert [(item["product_id"], item["quantity"], item["note"]) for item in items] == [
        (str(BUN), 2, "Happy 40, Ann!"),
        (str(ROLL), 1, ""),
    ]
    for item in items:
        path = f"/api/carts/{(await shop.read())['cart_id']}/items/{item['cart_item_id']}"
        await shop.http.delete(path, headers=shop.customer)
    assert await shop.restore(order_id, *goods)
    assert await shop.content() == {}


@pytest.mark.parametrize("left", [True, False])
async def test_the_note_to_the_whole_order_comes_back(shop: Shop, left: bool) -> None:
    cart = await shop.add(BUN, 2)
    await shop.put(cart.cart_id, {"note": "severe nut allergy"})
    order_id = UUID((await shop.checkout()).json()["order_id"])
    if left:
        await shop.ordered(cart.cart_id, order_id, BUN)
        assert (await shop.read())["note"] == ""

    await shop.restore(order_id, (BUN, 2, ""), note="severe nut allergy")

    assert (await shop.read())["note"] == "severe nut allergy"
    assert await shop.content() == {str(BUN): 2}


async def test_a_note_that_the_cart_has_by_now_stays(shop: Shop) -> None:
    cart_id, order_id = await ordered_cart(shop)
    await shop.put(cart_id, {"note": "ring twice"})

    await shop.restore(order_id, (BUN, 2, ""), note="severe nut allergy")

    assert (await shop.read())["note"] == "ring twice"


async def test_a_repeat_does_not_fill_the_next_cart(shop: Shop) -> None:
    cart_id, order_id = await ordered_cart(shop)
    await shop.restore(order_id, (BUN, 2, ""))
    await shop.http.delete(f"/api/carts/{cart_id}", headers=shop.customer)
    await shop.add(ROLL)

    assert await shop.restore(order_id, (BUN, 2, ""))

    assert await shop.content() == {str(ROLL): 1}


@pytest.mark.parametrize(("there", "returned", "counts"), [(1, 3, 3), (3, 1, 3), (2, 2, 2)])
async def test_of_what_is_there_again_the_larger_quantity_counts(
    shop: Shop, there: int, returned: int, counts: int
) -> None:
    _, order_id = await ordered_cart(shop)
    cart = await shop.add(BUN, there)
    await shop.put(f"{cart.cart_id}/items/{cart.items[0].cart_item_id}", {"note": "for Ben"})

    await shop.restore(order_id, (BUN, returned, "for Ann"))

    assert await shop.content() == {str(BUN): counts}
    assert [item["note"] for item in (await shop.read())["items"]] == ["for Ben"]


async def test_an_order_that_ends_before_it_took_its_pieces_takes_none_later(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    order_id = UUID((await shop.checkout()).json()["order_id"])
    await shop.add(BUN, 5)

    await shop.restore(order_id, (BUN, 2, ""))
    assert await shop.content() == {str(BUN): 5}
    await shop.ordered(cart.cart_id, order_id, BUN)
    assert await shop.content() == {str(BUN): 5}

    await shop.checkout()
    assert shop.order.pieces_of(USER) == {str(BUN): 7}


async def test_pieces_of_another_order_are_not_taken_for_those_put_there_again(shop: Shop) -> None:
    cart_id, first = await ordered_cart(shop)
    await shop.add(BUN, 5)
    second = UUID((await shop.checkout()).json()["order_id"])

    await shop.restore(first, (BUN, 2, ""))
    await shop.ordered(cart_id, second, BUN)

    assert await shop.content() == {str(BUN): 2}


async def test_a_user_without_a_cart_gets_one(shop: Shop) -> None:
    assert await shop.restore(uuid4(), (BUN, 2, ""), (BUN, 1, "for Ann"))

    assert await shop.content() == {str(BUN): 3}
    assert [item["note"] for item in (await shop.read())["items"]] == ["for Ann"]
    assert len(shop.peers.calls("ValidateUser")) == 1


async def test_a_user_who_is_not_active_gets_no_cart(shop: Shop) -> None:
    shop.peers.answer("ValidateUser", ValidateUserResponse(valid=False))

    assert not await shop.restore(uuid4(), (BUN, 2, ""))

    assert await shop.database.fetch("SELECT 1 FROM carts") == []
    assert await shop.database.fetch("SELECT 1 FROM restored_orders") == []


async def test_products_that_are_not_for_sale_are_left_out(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order_id = uuid4()

    assert await shop.restore(order_id, (GONE, 2, ""), (BUN, 1, ""))

    assert await shop.content() == {str(BUN): 1}
    assert f"order {order_id} is put back without the products {GONE}" in caplog.messages


async def test_what_does_not_fit_is_left_out(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await shop.add(BUN, 999)
    await shop.database.execute(
        "INSERT INTO cart_items (id, cart_id, product_id, quantity, note) "
        "SELECT gen_random_uuid(), id, gen_random_uuid(), 1, '' FROM carts, generate_series(1, 98)"
    )
    late, order_id = uuid4(), uuid4()

    assert await shop.restore(order_id, (ROLL, 2, ""), (late, 1, ""), (BUN, 700, ""), (BUN, 700, ""))

    content = await shop.content()
    assert len(content) == 100
    assert (content[str(ROLL)], content[str(BUN)]) == (2, 1000)
    assert f"order {order_id} is put back without the products {late}" in caplog.messages


async def test_a_long_note_is_cut(shop: Shop) -> None:
    await shop.restore(uuid4(), (BUN, 1, "x" * 600), note="y" * 600)

    cart = await shop.read()
    assert ([item["note"] for item in cart["items"]], cart["note"]) == (["x" * 500], "y" * 500)


async def test_a_peer_that_does_not_answer_leaves_the_return_for_the_next_time(shop: Shop) -> None:
    shop.peers.fail("ValidateProducts", grpc.StatusCode.UNAVAILABLE, times=1)
    order_id = uuid4()

    request = RestoreCartRequest(
        user_id=str(USER),
        order_id=str(order_id),
        items=[RestoreCartRequest.Item(product_id=str(BUN), quantity=1)],
    )
    assert (await rpc_error(shop.stub.RestoreCart(request))).status == grpc.StatusCode.UNAVAILABLE
    assert await shop.content() == {}
    assert (await shop.stub.RestoreCart(request)).restored
    assert await shop.content() == {str(BUN): 1}


BUN_ITEM = {"product_id": str(BUN), "quantity": 1}
WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"user_id": "x"}, ["user_id"]),
    ({"order_id": ""}, ["order_id"]),
    ({"items": []}, ["items"]),
    ({"items": [BUN_ITEM] * 201}, ["items"]),
    ({"items": [BUN_ITEM, BUN_ITEM | {"product_id": "x"}]}, ["items[1].product_id"]),
    ({"items": [BUN_ITEM | {"quantity": 0}]}, ["items[0].quantity"]),
    ({"items": [BUN_ITEM | {"quantity": 1001}]}, ["items[0].quantity"]),
    ({"items": [BUN_ITEM | {"note": "\x00"}]}, ["items[0].note"]),
    ({"items": [BUN_ITEM | {"note": "x" * 4001}]}, ["items[0].note"]),
    ({"note": "\x00"}, ["note"]),
    ({"note": "x" * 4001}, ["note"]),
]


async def test_a_wrong_return_puts_nothing_back(shop: Shop) -> None:
    good: dict[str, Any] = {"user_id": str(USER), "order_id": str(uuid4()), "items": [BUN_ITEM]}
    for change, fields in WRONG:
        error = await rpc_error(shop.stub.RestoreCart(RestoreCartRequest(**(good | change))))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, fields)
    assert await shop.database.fetch("SELECT 1 FROM carts") == []
    assert await shop.database.fetch("SELECT 1 FROM restored_orders") == []
