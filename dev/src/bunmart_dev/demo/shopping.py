"""The steps from the sign-up to an order: the cart, and placing an order from it."""

import secrets
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bunmart_dev.demo.story import Chosen, Step, Story

COUPON, COUPON_PERCENT = "WELCOME10", 10
NOTE = "Severe nut allergy."
"""The customer's note to the cart."""
_QUANTITIES = (4, 3, 1)
_ADDRESS = {
    "type": "SHIPPING",
    "line1": "Crumb Lane 7",
    "city": "Hamburg",
    "postal_code": "20095",
    "country": "DE",
}
_CENT = Decimal("0.01")


async def shopping(story: Story) -> None:
    """Sign up, browse, fill the cart, check out two of three products and complete the order."""
    await _sign_up(story)
    products = await _browse(story)
    await _product_page(story, products[0])
    for product in products:
        await _add_to_cart(story, product)
    await _see_cart(story, products)
    story.ordered, story.kept = products[:2], products[2]
    await _check_out(story)
    await _order_page(story)
    await _details(story)


async def _sign_up(story: Story) -> None:
    email = f"demo-{secrets.token_hex(5)}@bunmart.local"
    async with story.step("customer", f"signs up as {email}") as step:
        body = {"email": email, "password": story.password, "display_name": "Dora Demo"}
        user = await step.call("POST", "/api/users", json=body, expect=201)
        step.check(user["roles"] == ["customer"], f"a new user must be a customer, but is {user['roles']}")
        step.check(not any("password" in name for name in user), "the answer shows the password")
    async with story.step("customer", "logs in") as step:
        customer = await story.log_in(step, "customer", email)
        step.check(customer.user_id == user["user_id"], "the login is for another user")
    async with story.step("customer", "adds a delivery address") as step:
        path = f"/api/users/{customer.user_id}/addresses"
        address = await step.call("POST", path, customer, json=_ADDRESS, expect=201)
        story.address_id = address["address_id"]


async def _browse(story: Story) -> list[Chosen]:
    async with story.step("customer", "browses the shelf") as step:
        await step.call("GET", "/api/categories", story.customer)
        page = await step.call("GET", "/api/products?page_size=20", story.customer)
        shown = [product for product in page["items"] if product["image_url"]]
        step.check(
            len(shown) >= len(_QUANTITIES), f"there must be three products with a picture; {len(shown)} have"
        )
        # The last first: the shelf is in the order of names.
        chosen = list(reversed(shown[: len(_QUANTITIES)]))
        await step.call("GET", chosen[0]["image_url"])
        step.check(
            step.requests[-1].content_type.startswith("image/"), "a product's picture must be an image"
        )
        ids = ",".join(product["product_id"] for product in chosen)
        prices = await step.call("GET", f"/api/prices?product_ids={ids}", story.customer)
        price_of = {price["product_id"]: price["unit_price"] for price in prices["items"]}
        step.check(len(price_of) == len(chosen), "every product must have a price")
    return [
        Chosen(each["product_id"], each["name"], quantity, price_of[each["product_id"]])
        for each, quantity in zip(chosen, _QUANTITIES, strict=True)
    ]


async def _product_page(story: Story, product: Chosen) -> None:
    async with story.step("customer", f"opens the page of {product.name}") as step:
        view = await step.view(f"/api/views/products/{product.product_id}", story.customer)
        step.check(view["product"]["name"] == product.name, f"the page shows {view['product']['name']}")
        step.check(bool(view["product"]["allergens"]), "the page must name the allergens")
        step.check(
            view["price"]["unit_price"] == product.unit_price,
            f"the page says {view['price']}, but the price is {product.unit_price}",
        )
        story.rating = view["rating"]


async def _add_to_cart(story: Story, product: Chosen) -> None:
    async with story.step("customer", f"adds {product.quantity} {product.name} to the cart") as step:
        body = {"user_id": story.customer.user_id, "quantity": product.quantity}
        path = f"/api/products/{product.product_id}/add-to-cart"
        added = await step.call("POST", path, story.customer, json=body)
        step.check(
            _quantities(added["cart"])[product.product_id] == product.quantity,
            f"the cart must hold {product.quantity} {product.name}, but holds {added['cart']['items']}",
        )


async def _see_cart(story: Story, products: list[Chosen]) -> None:
    async with story.step("customer", "looks into the cart, and writes a note") as step:
        path = f"/api/carts/user/{story.customer.user_id}"
        cart = await step.call("GET", path, story.customer)
        wanted = {product.product_id: product.quantity for product in products}
        step.check(_quantities(cart) == wanted, f"the cart must hold all three, but holds {cart['items']}")
        noted = await step.call("PUT", f"/api/carts/{cart['cart_id']}", story.customer, json={"note": NOTE})
        step.check(noted["note"] == NOTE, f"the cart must have the note, but has {noted['note']!r}")
        named = {name for item in cart["items"] for name in item}
        step.check(
            not any("price" in name or "coupon" in name for name in named),
            f"a cart has products and quantities, no prices and no coupons, but it has {sorted(named)}",
        )


async def _check_out(story: Story) -> None:
    names = " and ".join(product.name for product in story.ordered)
    async with story.step("customer", f"checks out {names}", leaves="pending") as step:
        body = {
            "user_id": story.customer.user_id,
            "product_ids": [product.product_id for product in story.ordered],
        }
        answer = await step.call("POST", "/api/carts/checkout", story.customer, json=body, expect=201)
        story.order_id = answer["order_id"]
        kept = {story.kept.product_id: story.kept.quantity} if story.kept else {}
        await step.until(
            "only the product that was not ordered is left in the cart",
            f"/api/carts/user/{story.customer.user_id}",
            story.customer,
            lambda cart: _quantities(cart) == kept,
        )


async def _order_page(story: Story) -> None:
    async with story.step("customer", "comes to the order page", leaves="pending") as step:
        order = await step.call("GET", story.order_path, story.customer)
        wanted = {product.product_id: product.quantity for product in story.ordered}
        step.check(
            {line["product_id"]: line["quantity"] for line in order["lines"]} == wanted,
            f"the order must have what was checked out, but has {order['lines']}",
        )
        step.check(order["note"] == NOTE, f"the note must come along, but the order has {order['note']!r}")
        step.check(order["total"] is None, f"an order intent has no prices yet, but costs {order['total']}")
        addresses = await step.call("GET", f"/api/users/{story.customer.user_id}/addresses", story.customer)
        offered = [address["address_id"] for address in addresses["items"]]
        step.check(offered == [story.address_id], "the customer's address must be offered")
        view = await step.view(f"/api/views/orders/{story.order_id}", story.customer)
        shown = {line["name"]: line["image_url"] for line in view["lines"]}
        step.check(
            set(shown) == {product.name for product in story.ordered} and all(shown.values()),
            f"the page must show names and pictures, but shows {shown}",
        )


async def _details(story: Story) -> None:
    title = f"chooses the address and the coupon {COUPON}"
    async with story.step("customer", title, leaves="pending") as step:
        body = {
            "user_id": story.customer.user_id,
            "address_id": story.address_id,
            "coupon_codes": [COUPON],
        }
        order = await step.call("PUT", f"{story.order_path}/details", story.customer, json=body)
        _check_prices(story, step, order)
        step.check(order["coupon_codes"] == [COUPON], "the coupon must be on the order")
        step.check(
            order["shipping_address"]["line1"] == _ADDRESS["line1"], "the order must have the address itself"
        )
        story.total = order["total"]


def _check_prices(story: Story, step: Step, order: dict[str, Any]) -> None:
    subtotal = sum((Decimal(each.unit_price) * each.quantity for each in story.ordered), Decimal(0))
    step.check(
        Decimal(order["subtotal"]) == subtotal,
        f"the products cost {subtotal}, but the subtotal is {order['subtotal']}",
    )
    off = Decimal(order["discount_total"])
    coupon = (subtotal * COUPON_PERCENT / 100).quantize(_CENT, ROUND_HALF_UP)
    # A campaign may take something off before the coupon does, never less.
    step.check(coupon - _CENT <= off < subtotal, f"the coupon takes {coupon} off, but the discount is {off}")
    total = subtotal - off + Decimal(order["shipping_total"])
    step.check(Decimal(order["total"]) == total, f"the total must be {total}, but it is {order['total']}")


def _quantities(cart: dict[str, Any]) -> dict[str, int]:
    return {item["product_id"]: item["quantity"] for item in cart["items"]}
