"""Checkout, and what the order takes out of the cart."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import grpc
from bunmart.cart.v1 import cart_pb2

from tests.services.cart.conftest import BUN, GONE, ROLL, USER, Shop
from tests.support import problem, rpc_error

Check = cart_pb2.GetCartForCheckoutRequest


async def test_checkout_orders_the_whole_cart(shop: Shop) -> None:
    await shop.add(BUN, 2)
    cart = await shop.add(ROLL, 1)

    done = await shop.checkout()

    (request,) = shop.peers.requests("CreateOrderIntent")
    assert (request.user_id, request.cart_id) == (str(USER), cart.cart_id)
    assert [(line.product_id, line.quantity) for line in request.items] == [(str(BUN), 2), (str(ROLL), 1)]
    (order_id,) = shop.order.orders.values()
    assert (done.status_code, done.json()) == (201, {"order_id": order_id, "cart_id": cart.cart_id})
    assert await shop.content() == {str(BUN): 2, str(ROLL): 1}


async def test_checkout_orders_a_selection(shop: Shop) -> None:
    await shop.add(BUN, 2)
    cart = await shop.add(ROLL, 1)

    body = {"product_ids": [str(ROLL)], "cart_id": cart.cart_id, "user_id": str(USER)}
    assert (await shop.checkout(body)).status_code == 201

    (request,) = shop.peers.requests("CreateOrderIntent")
    assert [line.product_id for line in request.items] == [str(ROLL)]
    assert [list(each.product_ids) for each in shop.peers.requests("ValidateProducts")][-1] == [str(ROLL)]


async def test_a_double_click_is_one_order(shop: Shop) -> None:
    await shop.add(BUN, 2)

    answers = [*await asyncio.gather(shop.checkout(), shop.checkout({"product_ids": [str(BUN)]}))]
    answers.append(await shop.checkout(None, **{"idempotency-key": "a"}))
    answers.append(await shop.checkout(None, **{"idempotency-key": "b"}))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    assert len(shop.order.orders) == 1


async def test_what_was_added_since_is_an_order_of_its_own(shop: Shop) -> None:
    await shop.add(BUN, 2)
    first = await shop.checkout()
    await shop.add(ROLL, 1)
    again = await shop.checkout({"product_ids": [str(BUN)]})
    await shop.add(BUN, 5)
    second = await shop.checkout()

    assert again.json() == first.json()
    assert second.json()["order_id"] != first.json()["order_id"]
    ordered = [
        {line.product_id: line.quantity for line in request.items} for request in shop.order.requests.values()
    ]
    assert ordered == [{str(BUN): 2}, {str(BUN): 5, str(ROLL): 1}]


async def test_a_repeat_under_its_key_is_answered_when_the_cart_is_empty(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    first = await shop.checkout(None, **{"idempotency-key": "press"})
    await shop.ordered(cart.cart_id, uuid4(), BUN)

    again = await shop.checkout(None, **{"idempotency-key": "press"})

    assert (again.status_code, again.json()) == (201, first.json())
    assert len(shop.peers.calls("CreateOrderIntent")) == 1


async def test_a_checkout_that_died_before_it_answered_is_still_the_same_order(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    press = {"idempotency-key": "press"}
    first = await shop.checkout({"product_ids": [str(BUN)]}, **press)
    # The process was killed after order's answer and before it stored its own; order emptied the cart.
    await shop.database.execute("DELETE FROM idempotency_keys")
    await shop.database.execute("UPDATE checkouts SET order_id = NULL")
    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)

    again = await shop.checkout({"product_ids": [str(BUN)]}, **press)
    other = await shop.checkout({"product_ids": [str(ROLL)]}, **{"idempotency-key": "another press"})

    assert (again.status_code, again.json()) == (201, first.json())
    assert len(shop.order.orders) == 1
    assert (other.status_code, problem(other)["code"]) == (409, "CART_EMPTY")


async def test_a_checkout_that_cannot_record_its_order_is_still_the_same_order(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    press = {"idempotency-key": "press"}
    await shop.database.execute("ALTER TABLE checkouts ADD CONSTRAINT refuse CHECK (order_id IS NULL)")
    failed = await shop.checkout(None, **press)
    (order_id,) = shop.order.orders.values()
    stored = await shop.database.fetch("SELECT 1 FROM idempotency_keys")
    await shop.database.execute("ALTER TABLE checkouts DROP CONSTRAINT refuse")
    await shop.ordered(cart.cart_id, UUID(order_id), BUN)
    await shop.add(ROLL, 1)

    again = await shop.checkout(None, **press)

    assert (failed.status_code, stored) == (409, [])
    assert (again.status_code, again.json()) == (201, {"order_id": order_id, "cart_id": cart.cart_id})
    assert list(shop.order.orders.values()) == [order_id]
    assert await shop.content() == {str(ROLL): 1}


async def test_a_recorded_order_is_answered_without_asking_order_again(shop: Shop) -> None:
    await shop.add(BUN, 2)
    first = await shop.checkout(None, **{"idempotency-key": "press"})
    await shop.database.execute("DELETE FROM idempotency_keys")

    again = await shop.checkout(None, **{"idempotency-key": "press"})

    assert (again.status_code, again.json()) == (201, first.json())
    assert len(shop.peers.calls("CreateOrderIntent")) == 1


async def test_one_key_pressed_five_times_at_once_is_one_order(shop: Shop) -> None:
    await shop.add(BUN, 2)

    answers = await asyncio.gather(*(shop.checkout(None, **{"idempotency-key": "press"}) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["order_id"] for answer in answers} == set(shop.order.orders.values())
    assert len(shop.order.orders) == 1
    rows = await shop.database.fetch("SELECT order_id FROM checkouts")
    assert [str(row["order_id"]) for row in rows] == list(shop.order.orders.values())


async def test_an_empty_cart_cannot_be_ordered(shop: Shop) -> None:
    assert problem(await shop.checkout())["code"] == "CART_EMPTY"
    cart = await shop.add(BUN)
    await shop.ordered(cart.cart_id, uuid4(), BUN)
    refused = await shop.checkout()
    assert (refused.status_code, problem(refused)["code"]) == (409, "CART_EMPTY")
    assert shop.peers.calls("CreateOrderIntent") == []


async def test_what_is_not_in_the_cart_or_not_for_sale_is_named(shop: Shop) -> None:
    cart = await shop.add(BUN)
    await shop.database.execute("UPDATE cart_items SET product_id = $1", GONE)

    foreign = problem(await shop.checkout({"product_ids": [str(ROLL)]}))
    assert (foreign["code"], foreign["metadata"]) == ("PRODUCT_NOT_IN_CART", {"product_ids": str(ROLL)})
    gone = problem(await shop.checkout({"cart_id": cart.cart_id}))
    assert (gone["status"], gone["code"]) == (409, "PRODUCT_NOT_FOR_SALE")
    assert gone["metadata"] == {"product_ids": str(GONE)}
    assert shop.peers.calls("CreateOrderIntent") == []


async def test_only_the_own_cart_can_be_ordered(shop: Shop) -> None:
    other = await shop.add(BUN, user_id=uuid4())
    await shop.add(BUN)

    foreign = await shop.checkout({"cart_id": other.cart_id})
    assert (foreign.status_code, problem(foreign)["code"]) == (404, "CART_NOT_FOUND")
    for headers in (shop.stranger, shop.admin):
        refused = await shop.http.post("/api/carts/checkout", json={"user_id": str(USER)}, headers=headers)
        assert (refused.status_code, problem(refused)["code"]) == (403, "PERMISSION_DENIED")
    assert (await shop.http.post("/api/carts/checkout", json={})).status_code == 401
    assert shop.peers.calls("CreateOrderIntent") == []


async def test_a_refusal_of_order_comes_through_and_is_not_kept(shop: Shop) -> None:
    await shop.add(BUN)
    shop.peers.fail("CreateOrderIntent", grpc.StatusCode.UNAVAILABLE, times=1)

    assert (await shop.checkout(None, **{"idempotency-key": "press"})).status_code == 503
    assert (await shop.checkout(None, **{"idempotency-key": "press"})).status_code == 201
    assert await shop.content() == {str(BUN): 1}


async def test_the_check_tells_what_stands_in_the_way(shop: Shop) -> None:
    request = Check(user_id=str(USER))
    assert (await rpc_error(shop.stub.GetCartForCheckout(request))).reason == "CART_NOT_FOUND"

    cart = await shop.add(BUN)
    good = await shop.stub.GetCartForCheckout(request)
    assert (good.valid, list(good.errors), good.cart) == (True, [], cart)

    await shop.database.execute("UPDATE cart_items SET product_id = $1", GONE)
    gone = await shop.stub.GetCartForCheckout(request)
    assert (gone.valid, list(gone.errors)) == (False, [f"Product {GONE} is not for sale any more."])

    await shop.ordered(cart.cart_id, uuid4(), GONE)
    empty = await shop.stub.GetCartForCheckout(request)
    assert (empty.valid, list(empty.errors)) == (False, ["The cart is empty."])


async def test_an_order_takes_exactly_its_products(shop: Shop) -> None:
    await shop.add(BUN, 2)
    cart = await shop.add(ROLL, 1)

    await shop.ordered(cart.cart_id, uuid4(), BUN, uuid4())

    assert await shop.content() == {str(ROLL): 1}
    assert (await shop.database.fetchrow("SELECT version FROM carts"))["version"] == 3


async def test_a_repeated_notice_does_not_take_what_was_added_since(shop: Shop) -> None:
    order_id = uuid4()
    cart = await shop.add(BUN, 2)
    await asyncio.gather(*(shop.ordered(cart.cart_id, order_id, BUN) for _ in range(4)))
    await shop.add(BUN, 5)

    await shop.ordered(cart.cart_id, order_id, BUN)
    assert await shop.content() == {str(BUN): 5}
    await shop.ordered(cart.cart_id, uuid4(), BUN)
    assert await shop.content() == {}


WRONG_NOTICES: list[tuple[dict[str, Any], grpc.StatusCode, list[str]]] = [
    ({"cart_id": str(uuid4())}, grpc.StatusCode.NOT_FOUND, []),
    ({"cart_id": "x"}, grpc.StatusCode.INVALID_ARGUMENT, ["cart_id"]),
    ({"order_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, ["order_id"]),
    ({"product_ids": []}, grpc.StatusCode.INVALID_ARGUMENT, ["product_ids"]),
    ({"product_ids": ["x"]}, grpc.StatusCode.INVALID_ARGUMENT, ["product_ids[0]"]),
    ({"product_ids": [str(BUN)] * 201}, grpc.StatusCode.INVALID_ARGUMENT, ["product_ids"]),
]


async def test_a_wrong_notice_takes_nothing(shop: Shop) -> None:
    cart = await shop.add(BUN)
    good = {"cart_id": cart.cart_id, "order_id": str(uuid4()), "product_ids": [str(BUN)]}
    for change, status, fields in WRONG_NOTICES:
        notice = cart_pb2.InvalidateCartRequest(**(good | change))
        error = await rpc_error(shop.stub.InvalidateCart(notice))
        assert (error.status, error.fields) == (status, fields)
    assert await shop.content() == {str(BUN): 1}
