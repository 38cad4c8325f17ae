"""The customer's notes: they go to order with what is ordered, and leave the cart with it."""

from uuid import UUID

from bunmart.cart.v1 import cart_pb2

from tests.services.cart.conftest import BUN, ROLL, USER, Shop

NUTS, ANN = "severe nut allergy", "Happy 40, Ann!"


async def fill(shop: Shop, *products: UUID) -> str:
    """Put products into the cart, the first with a note, and a note to the cart; return the cart's id."""
    for product in products:
        cart = await shop.add(product, 2)
    await shop.put(f"{cart.cart_id}/items/{cart.items[0].cart_item_id}", {"note": ANN})
    await shop.put(cart.cart_id, {"note": NUTS})
    return cart.cart_id


async def order(shop: Shop, *products: UUID) -> str:
    """Check out some products of the cart, or all; return the order's id."""
    body = {"product_ids": [str(each) for each in products]} if products else None
    answer = await shop.checkout(body)
    assert answer.status_code == 201
    order_id: str = answer.json()["order_id"]
    return order_id


async def notes(shop: Shop) -> tuple[str, dict[str, str]]:
    """The note of the cart, and the notes of its items by product id."""
    cart = await shop.read()
    return cart["note"], {item["product_id"]: item["note"] for item in cart["items"]}


def sent(shop: Shop, order_id: str) -> tuple[str, dict[str, str]]:
    """The notes of an order."""
    request = shop.order.requests[order_id]
    return request.note, {line.product_id: line.note for line in request.items}


async def test_the_notes_are_sent_and_leave_the_cart_with_the_order(shop: Shop) -> None:
    cart_id = await fill(shop, BUN, ROLL)

    order_id = await order(shop)
    assert sent(shop, order_id) == (NUTS, {str(BUN): ANN, str(ROLL): ""})
    assert await notes(shop) == (NUTS, {str(BUN): ANN, str(ROLL): ""})
    await shop.ordered(cart_id, UUID(order_id), BUN, ROLL)

    assert await notes(shop) == ("", {})
    await shop.add(BUN)
    assert sent(shop, await order(shop)) == ("", {str(BUN): ""})


async def test_the_note_of_the_cart_stays_while_something_of_it_is_not_ordered(shop: Shop) -> None:
    cart_id = await fill(shop, BUN, ROLL)

    first = await order(shop, BUN)
    await shop.ordered(cart_id, UUID(first), BUN)
    assert (sent(shop, first), await notes(shop)) == ((NUTS, {str(BUN): ANN}), (NUTS, {str(ROLL): ""}))
    second = await order(shop)
    await shop.ordered(cart_id, UUID(second), ROLL)

    assert sent(shop, second) == (NUTS, {str(ROLL): ""})
    assert await notes(shop) == ("", {})


async def test_notes_do_not_meet_what_is_added_while_the_order_is_on_its_way(shop: Shop) -> None:
    cart_id = await fill(shop, BUN)
    first = await order(shop)
    await shop.add(BUN, 1)

    second = await order(shop)
    await shop.ordered(cart_id, UUID(first), BUN)

    assert (sent(shop, first), sent(shop, second)) == ((NUTS, {str(BUN): ANN}), ("", {str(BUN): ""}))
    assert await notes(shop) == ("", {str(BUN): ""})


async def test_notes_that_were_changed_meanwhile_stay(shop: Shop) -> None:
    cart_id = await fill(shop, BUN)
    order_id = await order(shop)
    cart = await shop.add(BUN, 1)
    await shop.put(cart_id, {"note": "ring twice"})
    await shop.put(f"{cart_id}/items/{cart.items[0].cart_item_id}", {"note": "for Ben"})

    await shop.ordered(cart_id, UUID(order_id), BUN)

    assert await notes(shop) == ("ring twice", {str(BUN): "for Ben"})


async def test_a_repeat_sends_the_notes_of_the_first_time(shop: Shop) -> None:
    cart_id = await fill(shop, BUN)
    press = {"idempotency-key": "press"}
    first = await shop.checkout(None, **press)
    await shop.put(cart_id, {"note": "ring twice"})
    await shop.database.execute("DELETE FROM idempotency_keys")
    await shop.database.execute("UPDATE checkouts SET order_id = NULL")

    again = await shop.checkout(None, **press)

    assert again.json() == first.json()
    assert sent(shop, first.json()["order_id"])[0] == NUTS


async def test_the_note_of_an_item_is_in_the_answers_of_grpc(shop: Shop) -> None:
    await fill(shop, BUN)

    read = await shop.stub.GetCart(cart_pb2.GetCartRequest(user_id=str(USER)))

    assert [item.note for item in read.cart.items] == [ANN]
