"""The add-to-cart button."""

from typing import Any
from uuid import uuid4

import grpc
from bunmart_chassis.errors import NotFoundError

from tests.services.product.conftest import CART, ITEM, USER, Shop
from tests.support import problem

BUN = uuid4()
SESSION = "session-of-a-visitor"


async def press(shop: Shop, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Any:
    return await shop.http.post(f"/api/products/{BUN}/add-to-cart", json=body or {}, headers=headers or {})


async def test_a_signed_in_user_adds_to_their_own_cart(shop: Shop) -> None:
    body = {"quantity": 2, "user_id": str(USER), "session_id": SESSION, "cart_id": str(CART)}

    answer = await press(shop, body, shop.customer)

    (request,) = shop.peers.requests("AddCartItem")
    assert (request.user_id, request.session_id, request.cart_id) == (str(USER), "", str(CART))
    assert (request.product_id, request.quantity) == (str(BUN), 2)
    item = {"cart_item_id": str(ITEM), "product_id": str(BUN), "quantity": 2}
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "cart_id": str(CART),
            "session_id": "",
            "cart": {"cart_id": str(CART), "user_id": str(USER), "items": [item]},
        },
    )


async def test_a_visitor_adds_to_the_cart_of_a_session(shop: Shop) -> None:
    given = (await press(shop, {"session_id": SESSION})).json()
    made = (await press(shop)).json()
    other = (await press(shop)).json()

    assert (given["session_id"], given["cart"]["user_id"]) == (SESSION, None)
    assert len(made["session_id"]) == 32
    assert made["session_id"] != other["session_id"]
    sent = [(request.user_id, request.session_id) for request in shop.peers.requests("AddCartItem")]
    assert sent == [("", SESSION), ("", made["session_id"]), ("", other["session_id"])]


async def test_nobody_adds_to_the_cart_of_somebody_else(shop: Shop) -> None:
    for headers, status, code in (
        (shop.customer, 403, "PERMISSION_DENIED"),
        (shop.admin, 403, "PERMISSION_DENIED"),
        ({}, 401, "UNAUTHENTICATED"),
    ):
        refused = await press(shop, {"user_id": str(uuid4())}, headers)
        assert (refused.status_code, problem(refused)["code"]) == (status, code)
    assert shop.peers.calls("AddCartItem") == []


async def test_a_refusal_of_cart_comes_through(shop: Shop) -> None:
    shop.peers.fail("AddCartItem", NotFoundError("No product.", code="PRODUCT_NOT_FOUND"), times=1)
    refused = await press(shop, None, shop.customer)
    assert (refused.status_code, problem(refused)["code"]) == (404, "PRODUCT_NOT_FOUND")

    shop.peers.fail("AddCartItem", grpc.StatusCode.UNAVAILABLE, times=1)
    assert (await press(shop, None, shop.customer)).status_code == 503


async def test_a_key_is_handed_on_within_its_owner(shop: Shop) -> None:
    key = {"idempotency-key": "1"}
    await press(shop, None, shop.customer | key)
    await press(shop, None, shop.customer | key)
    await press(shop, None, shop.admin | key)
    await press(shop, {"session_id": SESSION}, key)
    await press(shop, {"session_id": SESSION}, key)
    await press(shop, None, shop.customer)

    keys = [call.metadata.get("idempotency-key") for call in shop.peers.calls("AddCartItem")]
    assert keys[0] == keys[1]
    assert keys[3] == keys[4]
    assert len(set(keys)) == 4
    assert keys[5] is None


async def test_bad_input_never_reaches_cart(shop: Shop) -> None:
    bad: list[dict[str, Any]] = [
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 1001},
        {"quantity": 10**30},
        {"quantity": "many"},
        {"quantity": None},
        {"session_id": "short"},
        {"session_id": "x" * 129},
        {"session_id": "sixteen chars at least"},
        {"session_id": "x" * 20 + "\n"},
        {"user_id": "x"},
        {"cart_id": "x"},
        {"pieces": 1},
    ]
    for body in bad:
        refused = await press(shop, body, shop.customer)
        assert (body, refused.status_code) == (body, 400)
        assert problem(refused)["errors"]
    assert shop.peers.calls("AddCartItem") == []
