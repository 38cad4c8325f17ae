"""Clicks on Checkout that are one order, and orders that take their pieces before checkout knows them."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError, UnavailableError

from tests.services.cart.conftest import BUN, ROLL, USER, OpenShop, Shop
from tests.support import problem


class LostAnswer:
    """Order creates the order, and its answer does not arrive."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __call__(self, request: Any, metadata: dict[str, str]) -> None:
        self._shop.order.create(request, metadata["idempotency-key"])
        raise UnavailableError("The connection is gone.")


async def holding(shop: Shop) -> int:
    """How many attempts hold pieces of the cart."""
    return len(await shop.database.fetch("SELECT 1 FROM checkouts WHERE in_cart"))


async def lose_an_answer(shop: Shop) -> str:
    """Check out; the order exists, and the cart does not know it."""
    shop.peers.answer("CreateOrderIntent", LostAnswer(shop))
    assert (await shop.checkout()).status_code == 503
    shop.peers.answer("CreateOrderIntent", shop.order)
    (order_id,) = shop.order.requests
    return order_id


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "third"}], ids=["without a key", "with a key"])
async def test_a_click_on_the_emptied_cart_gets_the_order_of_the_click_before(
    shop: Shop, headers: dict[str, str]
) -> None:
    cart = await shop.add(BUN, 2)
    first = await shop.checkout()
    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)

    for body in (None, {"product_ids": [str(BUN)]}):
        again = await shop.checkout(body, **headers)
        assert (again.status_code, again.json()) == (201, first.json())
        headers = {}
    other = await shop.checkout({"product_ids": [str(ROLL)]})
    assert (other.status_code, problem(other)["code"]) == (409, "CART_EMPTY")
    assert len(shop.peers.calls("CreateOrderIntent")) == 1


async def test_a_later_click_on_the_emptied_cart_is_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(repeated_click_seconds=0)
    cart = await shop.add(BUN, 2)
    first = await shop.checkout()
    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)

    refused = await shop.checkout()

    assert (refused.status_code, problem(refused)["code"]) == (409, "CART_EMPTY")
    assert len(shop.order.orders) == 1


async def test_an_order_takes_its_pieces_before_checkout_knows_it(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    order_id = await lose_an_answer(shop)
    await shop.add(BUN, 5)

    await shop.ordered(cart.cart_id, UUID(order_id), BUN)

    assert await shop.content() == {str(BUN): 5}
    assert await holding(shop) == 0
    second = await shop.checkout()
    assert second.json()["order_id"] != order_id
    assert shop.order.pieces_of(USER) == {str(BUN): 7}


async def test_a_click_after_a_lost_answer_gets_the_order_that_exists(shop: Shop) -> None:
    await shop.add(BUN, 2)
    order_id = await lose_an_answer(shop)
    await shop.add(BUN, 5)

    again = await shop.checkout()
    rest = await shop.checkout()

    assert (again.status_code, again.json()["order_id"]) == (201, order_id)
    assert rest.json()["order_id"] != order_id
    assert shop.order.pieces_of(USER) == {str(BUN): 7}


async def test_a_key_of_a_repeated_click_keeps_its_order(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    order_id = await lose_an_answer(shop)
    press = {"idempotency-key": "second press"}
    shop.peers.fail("CreateOrderIntent", grpc.StatusCode.UNAVAILABLE, times=1)
    assert (await shop.checkout(None, **press)).status_code == 503
    await shop.ordered(cart.cart_id, UUID(order_id), BUN)
    await shop.add(BUN, 1)

    again = await shop.checkout(None, **press)

    assert (again.status_code, again.json()["order_id"]) == (201, order_id)
    assert shop.order.pieces_of(USER) == {str(BUN): 2}
    assert await shop.content() == {str(BUN): 1}


async def test_an_unknown_order_leaves_the_pieces_of_another_to_it(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    first = await shop.checkout()
    await shop.add(BUN, 5)

    await shop.ordered(cart.cart_id, uuid4(), BUN)
    assert await shop.content() == {str(BUN): 2}
    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)
    assert await shop.content() == {}


async def test_an_order_does_not_take_what_was_added_after_its_pieces_were_removed(shop: Shop) -> None:
    cart = await shop.add(BUN, 3)
    first = await shop.checkout()
    path = f"/api/carts/{cart.cart_id}/items/{cart.items[0].cart_item_id}"
    assert (await shop.http.delete(path, headers=shop.customer)).status_code == 200
    await shop.add(BUN, 2)

    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)

    assert await shop.content() == {str(BUN): 2}


async def test_a_smaller_quantity_after_checkout_is_of_what_was_ordered(shop: Shop) -> None:
    cart = await shop.add(BUN, 3)
    first = await shop.checkout()
    await shop.put(f"{cart.cart_id}/items/{cart.items[0].cart_item_id}", {"quantity": 1})
    await shop.add(BUN, 1)

    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)

    assert await shop.content() == {str(BUN): 1}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (
            NotFoundError("No price.", code="PRICE_NOT_FOUND", metadata={"product_id": str(ROLL)}),
            "PRICE_NOT_FOUND",
        ),
        (
            FailedPreconditionError("No price.", code="PRICE_NOT_FOUND", metadata={"product_ids": str(ROLL)}),
            "PRICE_NOT_FOUND",
        ),
        (
            NotFoundError("No product.", code="PRODUCT_NOT_FOUND", metadata={"product_id": str(ROLL)}),
            "PRODUCT_NOT_FOR_SALE",
        ),
    ],
    ids=["no price", "no price as a state", "no product"],
)
async def test_a_product_that_order_refuses_is_named_and_everything_stays_in_the_cart(
    shop: Shop, refusal: NotFoundError | FailedPreconditionError, code: str
) -> None:
    await shop.add(BUN, 2)
    await shop.add(ROLL, 1)
    press = {"idempotency-key": "press"}
    shop.peers.fail("CreateOrderIntent", refusal, times=2)

    for headers in ({}, press):
        refused = problem(await shop.checkout(None, **headers))
        assert (refused["status"], refused["code"]) == (409, code)
        assert refused["metadata"]["product_ids"] == str(ROLL)
    assert await shop.content() == {str(BUN): 2, str(ROLL): 1}
    assert await shop.database.fetch("SELECT 1 FROM checkouts") == []
    cart = await shop.read()
    roll = next(item for item in cart["items"] if item["product_id"] == str(ROLL))
    path = f"/api/carts/{cart['cart_id']}/items/{roll['cart_item_id']}"
    assert (await shop.http.delete(path, headers=shop.customer)).status_code == 200
    assert (await shop.checkout(None, **press)).status_code == 201
    assert shop.order.pieces_of(USER) == {str(BUN): 2}


async def test_a_product_that_order_refuses_without_naming_it_is_named_when_it_is_the_only_one(
    shop: Shop,
) -> None:
    await shop.add(BUN, 2)
    shop.peers.fail("CreateOrderIntent", NotFoundError("No price.", code="PRICE_NOT_FOUND"), times=1)

    refused = problem(await shop.checkout())

    assert (refused["status"], refused["metadata"]) == (409, {"product_ids": str(BUN)})


async def test_another_refusal_of_order_comes_through(shop: Shop) -> None:
    await shop.add(BUN, 2)
    shop.peers.fail("CreateOrderIntent", NotFoundError("No user.", code="USER_NOT_FOUND"), times=1)

    refused = await shop.checkout()

    assert (refused.status_code, problem(refused)["code"]) == (404, "USER_NOT_FOUND")
    assert await shop.content() == {str(BUN): 2}


async def test_attempts_are_kept_until_their_orders_have_taken_the_pieces(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    first = await shop.checkout()
    await shop.add(ROLL, 1)
    shop.peers.fail("CreateOrderIntent", grpc.StatusCode.UNAVAILABLE, times=1)
    await shop.checkout()
    await shop.database.execute("UPDATE checkouts SET created_at = created_at - interval '30 days'")

    await shop.carts.delete_old_session_carts()
    rows = await shop.database.fetch("SELECT order_id FROM checkouts")
    assert [str(row["order_id"]) for row in rows] == [first.json()["order_id"]]
    await shop.add(BUN, 5)
    await shop.ordered(cart.cart_id, UUID(first.json()["order_id"]), BUN)
    assert await shop.content() == {str(BUN): 5, str(ROLL): 1}

    await shop.carts.delete_old_session_carts()
    assert await shop.database.fetch("SELECT 1 FROM checkouts") == []


async def test_an_attempt_that_order_has_forgotten_is_not_repeated(shop: Shop) -> None:
    await shop.add(BUN, 2)
    await lose_an_answer(shop)
    await shop.database.execute("UPDATE checkouts SET created_at = created_at - interval '25 hours'")

    (first,) = shop.order.orders
    assert (await shop.checkout()).status_code == 201
    keys = [call.metadata["idempotency-key"] for call in shop.peers.calls("CreateOrderIntent")]
    assert (keys[0], len(set(keys))) == (first, 2)


async def test_clicks_for_different_products_at_once_are_orders_of_their_own(shop: Shop) -> None:
    await shop.add(BUN, 2)
    await shop.add(ROLL, 1)

    answers = await asyncio.gather(
        *(shop.checkout({"product_ids": [str(each)]}) for each in (BUN, ROLL, BUN, ROLL))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order_id"] for answer in answers}) == 2
    assert shop.order.pieces_of(USER) == {str(BUN): 2, str(ROLL): 1}


async def test_a_checkout_that_the_release_before_recorded_is_taken_by_quantity(shop: Shop) -> None:
    cart = await shop.add(BUN, 2)
    order_id = uuid4()
    await shop.database.execute(
        "INSERT INTO checkouts (user_id, key, cart_id, order_key, lines, created_at, order_id) "
        "VALUES ($1, 'key', $2, 'order key', $3, now(), $4)",
        USER,
        UUID(cart.cart_id),
        [{"product_id": str(BUN), "quantity": 2}],
        order_id,
    )
    await shop.add(BUN, 5)

    await shop.ordered(cart.cart_id, order_id, BUN)

    assert await shop.content() == {str(BUN): 5}
