"""Order intents: from checkout to an order without prices, and who reads it."""

import asyncio
from uuid import uuid4

import grpc
import pytest
from bunmart.order.v1 import order_pb2
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.services.order.conftest import ADDRESS, BUN, ROLL, USER, Shop
from tests.support import problem, read_pages, rpc_error

Line = order_pb2.CreateOrderIntentRequest.CartLine


async def test_an_intent_has_items_and_no_prices(shop: Shop) -> None:
    order_id = await shop.intent(uuid4())

    order = (await shop.stub.GetOrder(order_pb2.GetOrderRequest(order_id=order_id))).order
    assert [(line.product_id, line.quantity) for line in order.lines] == [(str(BUN), 2), (str(ROLL), 1)]
    assert (order.status, order.total, order.user_id) == ("pending", "", str(USER))
    assert shop.peers.calls("CalculateOrderPricing") == []


async def test_the_cart_loses_exactly_the_ordered_products(shop: Shop) -> None:
    cart_id = uuid4()
    order_id = await shop.intent(cart_id)
    await shop.service.settle()

    (request,) = shop.peers.requests("InvalidateCart")
    assert (request.cart_id, request.order_id) == (str(cart_id), order_id)
    assert list(request.product_ids) == [str(BUN), str(ROLL)]


async def test_an_unknown_user_orders_nothing(shop: Shop) -> None:
    shop.peers.answer("ValidateUser", ValidateUserResponse(valid=False))
    request = order_pb2.CreateOrderIntentRequest(
        user_id=str(uuid4()), items=[Line(product_id=str(BUN), quantity=1)]
    )

    error = await rpc_error(shop.stub.CreateOrderIntent(request))

    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND")
    assert await shop.database.fetch("SELECT 1 FROM orders") == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (order_pb2.CreateOrderIntentRequest(), "user_id"),
        (order_pb2.CreateOrderIntentRequest(user_id="nobody"), "user_id"),
        (order_pb2.CreateOrderIntentRequest(user_id=str(USER)), "items"),
        (
            order_pb2.CreateOrderIntentRequest(user_id=str(USER), items=[Line(quantity=1)]),
            "items[0].product_id",
        ),
        (
            order_pb2.CreateOrderIntentRequest(
                user_id=str(USER), items=[Line(product_id=str(BUN), quantity=0)]
            ),
            "items[0].quantity",
        ),
        (
            order_pb2.CreateOrderIntentRequest(
                user_id=str(USER), items=[Line(product_id=str(BUN), quantity=501)] * 2
            ),
            "items",
        ),
        (
            order_pb2.CreateOrderIntentRequest(
                user_id=str(USER),
                items=[Line(product_id=str(BUN), quantity=1, note=letter * 300) for letter in "ab"],
            ),
            "items",
        ),
        (
            order_pb2.CreateOrderIntentRequest(
                user_id=str(USER), items=[Line(product_id=str(BUN), quantity=1)], cart_id="x"
            ),
            "cart_id",
        ),
    ],
)
async def test_a_bad_intent_names_the_field(
    shop: Shop, request_: order_pb2.CreateOrderIntentRequest, field: str
) -> None:
    error = await rpc_error(shop.stub.CreateOrderIntent(request_))

    assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert await shop.database.fetch("SELECT 1 FROM orders") == []


async def test_twenty_checkouts_with_one_key_make_one_order(shop: Shop) -> None:
    request = order_pb2.CreateOrderIntentRequest(
        user_id=str(USER), items=[Line(product_id=str(BUN), quantity=1)], cart_id=str(uuid4())
    )
    calls = [shop.stub.CreateOrderIntent(request, metadata=(("idempotency-key", "one"),)) for _ in range(20)]

    answers = {answer.order_id for answer in await asyncio.gather(*calls)}

    assert len(answers) == 1
    await shop.service.settle()
    assert len(await shop.database.fetch("SELECT 1 FROM orders")) == 1
    assert len(shop.peers.calls("InvalidateCart")) == 1


async def test_an_order_without_a_cart_is_created_once_under_its_key(shop: Shop) -> None:
    body = {"items": [{"product_id": str(ROLL), "quantity": 1}, {"product_id": str(BUN), "quantity": 2}]}
    headers = shop.customer | {"idempotency-key": "one"}

    answers = await asyncio.gather(
        *(shop.http.post("/api/orders", json=body, headers=headers) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    order = answers[0].json()
    read = await shop.http.get(f"/api/orders/{order['order_id']}", headers=shop.customer)
    assert read.json() == order
    assert [(line["product_id"], line["quantity"]) for line in order["lines"]] == [
        (str(ROLL), 1),
        (str(BUN), 2),
    ]
    assert len(await shop.database.fetch("SELECT 1 FROM orders")) == 1
    await shop.service.settle()
    assert shop.peers.calls("InvalidateCart") == []


async def test_a_stranger_neither_reads_nor_changes_an_order(shop: Shop) -> None:
    order_id = await shop.intent()
    body = {"address_id": str(ADDRESS)}
    for response in (
        await shop.http.get(f"/api/orders/{order_id}", headers=shop.stranger),
        await shop.http.get(f"/api/orders/{order_id}/history", headers=shop.stranger),
        await shop.http.get(f"/api/orders/user/{USER}", headers=shop.stranger),
        await shop.http.put(f"/api/orders/{order_id}/details", json=body, headers=shop.stranger),
        await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.stranger),
        await shop.http.delete(f"/api/orders/{order_id}", headers=shop.stranger),
        await shop.http.post(f"/api/orders/{order_id}/produce", headers=shop.customer),
        await shop.http.put(
            f"/api/orders/{order_id}/status", json={"status": "packed"}, headers=shop.customer
        ),
        await shop.http.get("/api/orders", headers=shop.customer),
    ):
        assert response.status_code == 403
        assert problem(response)["code"] == "PERMISSION_DENIED"
    assert (await shop.http.get(f"/api/orders/{order_id}")).status_code == 401
    assert await shop.status(order_id) == "pending"
    assert shop.peers.calls("CreatePaymentIntent") == shop.peers.calls("CreateProductionOrder") == []


async def test_pages_of_orders_are_complete_and_in_order(shop: Shop) -> None:
    made = [await shop.intent() for _ in range(5)]
    seen = await read_pages(shop.http, f"/api/orders/user/{USER}", headers=shop.customer)
    assert [order["order_id"] for order in seen] == made[::-1]


async def test_admins_list_the_orders_of_a_state(shop: Shop) -> None:
    cancelled, pending = await shop.intent(), await shop.intent()
    await shop.http.delete(f"/api/orders/{cancelled}", headers=shop.customer)

    lists = [
        await shop.http.get("/api/orders", params=params, headers=shop.admin)
        for params in ({"status": "cancelled"}, {"status": "paid"}, {})
    ]

    assert [[order["order_id"] for order in page.json()["items"]] for page in lists] == [
        [cancelled],
        [],
        [pending, cancelled],
    ]
