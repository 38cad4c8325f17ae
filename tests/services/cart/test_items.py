"""Adding products, over gRPC as the product service does."""

import asyncio
from typing import Any
from uuid import uuid4

import grpc
from bunmart.cart.v1 import cart_pb2
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.services.cart.conftest import BUN, GONE, ROLL, SESSION, USER, Shop, pieces
from tests.support import rpc_error


async def test_the_first_product_opens_the_cart(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)

    assert (cart.user_id, pieces(cart)) == (str(USER), {str(BUN): 2})
    assert (cart.subtotal, cart.total, cart.currency_code) == ("", "", "")
    assert await shop.content() == {str(BUN): 2}


async def test_the_same_product_gets_more_pieces_and_another_its_own_line(shop: Shop) -> None:
    first = await shop.add(BUN, 2)
    await shop.add(BUN, 3)
    last = await shop.add(ROLL, 1)

    assert pieces(last) == {str(BUN): 5, str(ROLL): 1}
    assert last.cart_id == first.cart_id
    assert last.items[0].cart_item_id == first.items[0].cart_item_id


async def test_a_user_is_validated_when_the_cart_is_bound_to_him_and_not_again(shop: Shop) -> None:
    await shop.add(BUN)
    await shop.add(ROLL)
    await shop.add_as_visitor()

    assert [request.user_id for request in shop.peers.requests("ValidateUser")] == [str(USER)]
    assert len(shop.peers.calls("ValidateProducts")) == 3


async def test_an_unknown_user_gets_no_cart(shop: Shop) -> None:
    shop.peers.answer("ValidateUser", ValidateUserResponse(valid=False))

    error = await rpc_error(shop.add(BUN))

    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND")
    assert await shop.database.fetch("SELECT 1 FROM carts") == []


async def test_a_product_that_is_not_for_sale_is_not_found(shop: Shop) -> None:
    error = await rpc_error(shop.add(GONE))

    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "PRODUCT_NOT_FOUND")
    assert await shop.database.fetch("SELECT 1 FROM carts") == []


async def test_a_catalogue_that_does_not_answer_is_unavailable(shop: Shop) -> None:
    shop.peers.fail("ValidateProducts", grpc.StatusCode.UNAVAILABLE)

    assert (await rpc_error(shop.add(BUN))).status is grpc.StatusCode.UNAVAILABLE
    assert await shop.content() == {}


async def test_a_line_holds_a_thousand_pieces(shop: Shop) -> None:
    await shop.add(BUN, 999)

    error = await rpc_error(shop.add(BUN, 2))

    assert (error.status, error.reason, error.metadata) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "CART_QUANTITY_LIMIT",
        {"maximum": "1000"},
    )
    assert await shop.content() == {str(BUN): 999}
    assert pieces(await shop.add(BUN, 1)) == {str(BUN): 1000}


async def test_a_cart_holds_a_hundred_products(shop: Shop) -> None:
    cart = await shop.add(BUN)
    await shop.database.execute(
        "INSERT INTO cart_items (id, cart_id, product_id, quantity, note) "
        "SELECT gen_random_uuid(), $1, gen_random_uuid(), 1, '' FROM generate_series(1, 99)",
        cart.cart_id,
    )

    assert (await rpc_error(shop.add(ROLL))).reason == "CART_FULL"
    assert len(await shop.content()) == 100
    assert len((await shop.add(BUN)).items) == 100


async def test_a_cart_id_must_be_the_owners_cart(shop: Shop) -> None:
    other = await shop.add(ROLL, user_id=uuid4())
    for cart_id in (other.cart_id, str(uuid4())):
        error = await rpc_error(shop.add(BUN, cart_id=cart_id))
        assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "CART_NOT_FOUND")
    assert await shop.content() == {}

    own = await shop.add(BUN)
    assert pieces(await shop.add(BUN, cart_id=own.cart_id)) == {str(BUN): 2}
    assert (await rpc_error(shop.add(BUN, cart_id=other.cart_id))).reason == "CART_NOT_FOUND"


async def test_with_user_and_session_it_is_the_users_cart(shop: Shop) -> None:
    await shop.add(BUN, session_id=SESSION)

    assert await shop.content() == {str(BUN): 1}
    assert await shop.database.fetch("SELECT 1 FROM carts WHERE session_id IS NOT NULL") == []


async def test_concurrent_additions_add_up_in_one_cart(shop: Shop) -> None:
    carts = await asyncio.gather(*(shop.add(BUN, 2) for _ in range(8)))

    assert len({cart.cart_id for cart in carts}) == 1
    assert await shop.content() == {str(BUN): 16}
    assert (await shop.database.fetchrow("SELECT version FROM carts"))["version"] == 8


async def test_a_repeat_under_its_key_adds_once(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.add(BUN, 2, key="press-1") for _ in range(4)))
    answers.append(await shop.add(BUN, 2, key="press-1"))

    assert all(answer == answers[0] for answer in answers)
    assert await shop.content() == {str(BUN): 2}
    assert pieces(await shop.add(BUN, 2, key="press-2")) == {str(BUN): 4}
    assert (await rpc_error(shop.add(BUN, 3, key="press-1"))).reason == "IDEMPOTENCY_KEY_REUSED"


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"user_id": ""}, "user_id"),
    ({"user_id": "x"}, "user_id"),
    ({"user_id": "", "session_id": "short"}, "session_id"),
    ({"user_id": "", "session_id": "x" * 20 + "\x00"}, "session_id"),
    ({"product_id": ""}, "product_id"),
    ({"product_id": "\x00"}, "product_id"),
    ({"quantity": 0}, "quantity"),
    ({"quantity": -1}, "quantity"),
    ({"quantity": 1001}, "quantity"),
    ({"quantity": 2**31 - 1}, "quantity"),
    ({"cart_id": "x"}, "cart_id"),
]


async def test_a_malformed_field_is_named(shop: Shop) -> None:
    for change, field in MALFORMED:
        error = await rpc_error(shop.add(**change))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert await shop.database.fetch("SELECT 1 FROM carts") == []


async def test_carts_are_read_by_user_or_session(shop: Shop) -> None:
    error = await rpc_error(shop.stub.GetCart(cart_pb2.GetCartRequest(user_id=str(USER))))
    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "CART_NOT_FOUND")
    error = await rpc_error(shop.stub.GetCart(cart_pb2.GetCartRequest()))
    assert error.fields == ["user_id"]

    await shop.add(BUN, 2)
    await shop.add_as_visitor(ROLL, 3)

    own = (await shop.stub.GetCart(cart_pb2.GetCartRequest(user_id=str(USER)))).cart
    assert pieces(own) == {str(BUN): 2}
    visitor = (await shop.stub.GetCart(cart_pb2.GetCartRequest(session_id=SESSION))).cart
    assert (visitor.user_id, pieces(visitor)) == ("", {str(ROLL): 3})
