"""From the cart into an order: every piece once, every note with it, and nothing that cannot be sold."""

import asyncio
import uuid
from collections import Counter

import pytest

from tests.e2e.cases.shop import Person, Shop
from tests.support.effort import effort

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def test_an_order_of_an_unknown_product_is_refused_at_once(shop: Shop, customer: Person) -> None:
    """Reported: it was made, and could never be priced."""
    unknown = str(uuid.uuid4())
    before = await shop.call(customer, "GET", f"/api/orders/user/{customer.user_id}")

    body = {"items": [{"product_id": unknown, "quantity": 1}]}
    refused = await shop.refused(customer, "POST", "/api/orders", body, status=409)

    assert (refused["code"], refused["metadata"]["product_ids"]) == ("PRODUCT_NOT_FOR_SALE", unknown)
    after = await shop.call(customer, "GET", f"/api/orders/user/{customer.user_id}")
    assert len(after["items"]) == len(before["items"])


@pytest.mark.parametrize("end", ["taken off sale", "deleted"])
async def test_an_order_of_a_product_that_is_no_more_for_sale_is_refused_at_once(
    shop: Shop, customer: Person, end: str
) -> None:
    product = await shop.product()
    if end == "deleted":
        await shop.call(shop.admin, "DELETE", f"/api/products/{product}")
    else:
        await shop.change_product(product, active=False)

    body = {"items": [{"product_id": product, "quantity": 1}]}
    refused = await shop.refused(customer, "POST", "/api/orders", body, status=409)

    assert (refused["code"], refused["metadata"]["product_ids"]) == ("PRODUCT_NOT_FOR_SALE", product)


async def test_a_product_without_a_price_is_named_at_checkout_and_stays_in_the_cart(
    shop: Shop, product: str
) -> None:
    """Reported: it was ordered, the order could not be priced, and the cart was empty."""
    customer, unpriced = await shop.customer(), await shop.product(price=None)
    await shop.fill_cart(customer, product)
    added = await shop.send(customer, "POST", f"/api/products/{unpriced}/add-to-cart", {"quantity": 1})
    if added.is_success:
        refused = await shop.refused(customer, "POST", "/api/carts/checkout", status=409)
        assert refused["metadata"]["product_ids"] == unpriced
        assert await shop.cart(customer) == {product: 1, unpriced: 1}
        assert (await shop.call(customer, "GET", f"/api/orders/user/{customer.user_id}"))["items"] == []
    ordered = await shop.call(customer, "POST", "/api/carts/checkout", {"product_ids": [product]}, expect=201)
    order = await shop.read(customer, ordered["order_id"])
    assert [line["product_id"] for line in order["lines"]] == [product]


async def test_a_line_whose_price_is_gone_can_be_taken_out_of_a_pending_order(
    shop: Shop, product: str
) -> None:
    customer, other = await shop.customer(), await shop.product(price=None)
    price = await shop.price(other, "3.00")
    await shop.fill_cart(customer, product)
    await shop.fill_cart(customer, other)
    order_id = await shop.check_out(customer)
    await shop.call(shop.admin, "DELETE", f"/api/prices/{price['price_id']}")
    refused = await shop.details(customer, order_id, expect=409)
    assert (refused["code"], refused["metadata"]["product_ids"]) == ("PRODUCT_NOT_FOR_SALE", other)

    await shop.call(customer, "DELETE", f"/api/orders/{order_id}/lines/{other}")

    assert (await shop.details(customer, order_id))["total"] == "24.90"


async def test_two_clicks_at_once_are_one_order(shop: Shop, product: str) -> None:
    """Reported: without an idempotency key the second was told that the cart is empty."""
    customer = await shop.customer()
    for _ in range(effort(6)):
        await shop.fill_cart(customer, product, 2)
        clicks = (shop.send(customer, "POST", "/api/carts/checkout") for _ in range(2))
        answers = await asyncio.gather(*clicks)

        assert [each.status_code for each in answers] == [201, 201], [each.text for each in answers]
        first, second = (each.json()["order_id"] for each in answers)
        assert first == second
        order = await shop.read(customer, first)
        assert [line["quantity"] for line in order["lines"]] == [2]
        await shop.until(customer, f"/api/carts/user/{customer.user_id}", lambda cart: not cart["items"])


async def test_what_is_added_during_a_checkout_stays_and_is_ordered_once(shop: Shop, product: str) -> None:
    """Reported: five of six pieces vanished, or seven were ordered."""
    customer = await shop.customer()
    for _ in range(effort(8)):
        await shop.fill_cart(customer, product, 1)
        first, _ = await asyncio.gather(shop.check_out(customer), shop.fill_cart(customer, product, 5))
        answer = await shop.send(customer, "POST", "/api/carts/checkout")
        assert answer.status_code == 201, answer.text
        ordered: Counter[str] = Counter()
        for order_id in {first, answer.json()["order_id"]}:
            order = await shop.read(customer, order_id)
            ordered.update({line["product_id"]: line["quantity"] for line in order["lines"]})
        assert ordered == {product: 6}
        await shop.until(customer, f"/api/carts/user/{customer.user_id}", lambda cart: not cart["items"])


async def test_the_notes_of_cart_and_item_reach_order_view_and_kitchen(shop: Shop) -> None:
    """Reported: an allergy was on no order and no kitchen job, and met the next order instead."""
    customer = await shop.customer()
    product = await shop.product(allergens=["milk"])
    cart = await shop.fill_cart(customer, product)
    path = f"/api/carts/{cart['cart_id']}"
    await shop.call(customer, "PUT", path, {"note": "severe nut allergy"})
    item = cart["items"][0]["cart_item_id"]
    await shop.call(customer, "PUT", f"{path}/items/{item}", {"note": "Happy 40, Ann!"})

    order_id = await shop.check_out(customer)

    order = await shop.read(customer, order_id)
    assert (order["note"], order["lines"][0]["note"]) == ("severe nut allergy", "Happy 40, Ann!")
    await shop.details(customer, order_id)
    view = await shop.call(customer, "GET", f"/api/views/orders/{order_id}")
    assert (view["order"]["note"], view["lines"][0]["note"]) == ("severe nut allergy", "Happy 40, Ann!")
    await shop.pay(customer, order_id)
    made = await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/produce")
    path = f"/api/production-orders/{made['production_order_id']}"
    job = await shop.call(shop.staff["kitchen"], "GET", path)
    assert (job["order_note"], job["lines"][0]["note"]) == ("severe nut allergy", "Happy 40, Ann!")
    assert (job["allergens"], job["order_number"]) == (["milk"], order["order_number"])
    await shop.fill_cart(customer, product)
    assert (await shop.read(customer, await shop.check_out(customer)))["note"] == ""
