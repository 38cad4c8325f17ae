"""Carts that nobody touches."""

from uuid import uuid4

import grpc

from tests.services.cart.conftest import BUN, ROLL, SESSION, USER, Shop

AGE = "UPDATE carts SET updated_at = now() - make_interval(hours => $1)"


async def test_a_customer_is_reminded_once_until_the_items_change(shop: Shop) -> None:
    carts = shop.carts
    cart = await shop.add(BUN, 2)
    await carts.remind_of_abandoned()
    await shop.database.execute(AGE, 25)
    await carts.remind_of_abandoned()
    await carts.remind_of_abandoned()
    await shop.service.settle()

    (call,) = shop.peers.calls("SendNotification")
    request = call.request
    assert (request.user_id, request.template_id, request.channel) == (str(USER), "cart_abandoned", "EMAIL")
    assert (dict(request.template_data), request.reference_id) == ({"item_count": "1"}, cart.cart_id)
    assert call.metadata["idempotency-key"]

    await shop.add(ROLL)
    await shop.database.execute(AGE, 25)
    await carts.remind_of_abandoned()
    await shop.service.settle()
    assert len(shop.peers.calls("SendNotification")) == 2


async def test_no_reminder_of_empty_fresh_or_anonymous_carts(shop: Shop) -> None:
    carts = shop.carts
    cart = await shop.add(BUN)
    await shop.ordered(cart.cart_id, uuid4(), BUN)
    await shop.add_as_visitor(BUN)
    await shop.database.execute(AGE, 25)
    await shop.add(BUN, user_id=uuid4())

    await carts.remind_of_abandoned()
    await shop.service.settle()

    assert shop.peers.calls("SendNotification") == []


async def test_a_reminder_waits_for_notification_and_is_dropped_when_the_customer_returns(shop: Shop) -> None:
    carts = shop.carts
    shop.peers.fail("SendNotification", grpc.StatusCode.UNAVAILABLE)
    await shop.add(BUN)
    await shop.database.execute(AGE, 25)
    await carts.remind_of_abandoned()
    await shop.service.settle(retries=False)
    refused = len(shop.peers.calls("SendNotification"))

    await shop.add(ROLL)
    await shop.service.settle()

    assert refused >= 1
    assert len(shop.peers.calls("SendNotification")) == refused


async def test_many_carts_are_reminded_in_batches(shop: Shop) -> None:
    await shop.database.execute(
        "WITH c AS (INSERT INTO carts (id, user_id, note, version, created_at, updated_at) "
        "SELECT gen_random_uuid(), gen_random_uuid(), '', 1, now(), now() - interval '2 days' "
        "FROM generate_series(1, 250) RETURNING id) "
        "INSERT INTO cart_items (id, cart_id, product_id, quantity, note) "
        "SELECT gen_random_uuid(), id, gen_random_uuid(), 1, '' FROM c"
    )

    await shop.carts.remind_of_abandoned()
    await shop.service.settle()

    assert len({request.user_id for request in shop.peers.requests("SendNotification")}) == 250


async def test_old_carts_of_sessions_are_deleted(shop: Shop) -> None:
    carts = shop.carts
    await shop.add(BUN)
    await shop.add_as_visitor(BUN)
    await shop.database.execute(AGE, 31 * 24)
    await shop.add(BUN, user_id="", session_id=SESSION + "-2")

    await carts.delete_old_session_carts()

    kept = await shop.database.fetch("SELECT session_id FROM carts ORDER BY session_id")
    assert [row["session_id"] for row in kept] == [SESSION + "-2", None]
