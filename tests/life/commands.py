"""The commands of customers and admins, through REST.

Each takes the shop, an order of it and a number that makes its choices. It returns the answer, or None when there is
nothing that the command could be about.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID, uuid4

import httpx

from tests.life.shop import CHOICES, COUPONS, PRICES, Customer, OrderRef, Shop, pick_one
from tests.support.stripe import DECLINED, VISA

Answer = httpx.Response | None
Command = Callable[[Shop, OrderRef, int], Awaitable[Answer]]
ShopCommand = Callable[[Shop, int], Awaitable[Answer]]
_ANY_COUPON = {
    "value": "0",
    "currency_code": None,
    "description": "",
    "minimum_subtotal": "0.00",
    "product_id": None,
    "category_id": None,
    "limit_total": None,
    "limit_per_customer": None,
    "first_order_only": False,
    "exclusive": False,
    "starts_at": None,
    "ends_at": None,
}
QUANTITIES = (1, 2, 3)
CREATED = httpx.codes.CREATED


async def add_to_cart(shop: Shop, pick: int) -> Answer:
    """A customer puts pieces into the cart."""
    customer = pick_one(shop.customers, pick)
    product = pick_one(shop.products, pick // 2)
    quantity = pick_one(QUANTITIES, pick // 6)
    path = f"/api/products/{product.id}/add-to-cart"
    answer = await shop.call("product", "POST", path, shop.as_customer(customer), {"quantity": quantity})
    if answer.is_success:
        customer.added[product.id] += quantity
    return answer


async def change_cart(shop: Shop, pick: int) -> Answer:
    """A customer sets the pieces of an item of the cart, or takes it out."""
    customer = pick_one(shop.customers, pick)
    auth = shop.as_customer(customer)
    cart = (await shop.call("cart", "GET", f"/api/carts/user/{customer.id}", auth)).json()
    if not cart["items"]:
        return None
    item = pick_one(cart["items"], pick // 2)
    customer.loose.add(UUID(item["product_id"]))
    path = f"/api/carts/{cart['cart_id']}/items/{item['cart_item_id']}"
    if pick % 3 == 0:
        return await shop.call("cart", "DELETE", path, auth)
    return await shop.call("cart", "PUT", path, auth, {"quantity": pick_one(QUANTITIES, pick // 6)})


async def check_out(shop: Shop, pick: int) -> Answer:
    """A customer orders the cart; with some numbers under a key that comes again."""
    customer = pick_one(shop.customers, pick)
    key = f"click-{customer.id}-{pick // 2 % 3}" if pick // 2 % 2 else ""
    answer = await shop.call("cart", "POST", "/api/carts/checkout", shop.as_customer(customer), {}, key)
    if answer.status_code == CREATED:
        await _note_order(shop, UUID(answer.json()["order_id"]), customer, from_cart=True)
    return answer


async def order_directly(shop: Shop, pick: int) -> Answer:
    """A customer orders without a cart."""
    customer = pick_one(shop.customers, pick)
    chosen = [shop.products[pick % 3], shop.products[pick // 2 % 3]]
    items = [{"product_id": str(each.id), "quantity": pick_one(QUANTITIES, pick // 6)} for each in chosen]
    answer = await shop.call("order", "POST", "/api/orders", shop.as_customer(customer), {"items": items})
    if answer.status_code == CREATED:
        await _note_order(shop, UUID(answer.json()["order_id"]), customer, from_cart=False)
    return answer


async def _note_order(shop: Shop, order_id: UUID, customer: Customer, *, from_cart: bool) -> None:
    orders = shop.system.services["order"].database
    lines = await orders.fetch("SELECT product_id, quantity FROM order_lines WHERE order_id = $1", order_id)
    ordered = Counter({row["product_id"]: row["quantity"] for row in lines})
    shop.ordered(order_id, customer, ordered, from_cart=from_cart)


async def change_line(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The customer changes a line of the order, or takes it out."""
    auth = shop.as_customer(order.customer)
    product = pick_one(shop.products, pick)
    path = f"/api/orders/{order.id}/lines/{product.id}"
    if pick % 4 == 0:
        return await shop.call("order", "DELETE", path, auth)
    body = {"quantity": pick_one(QUANTITIES, pick // 3), "note": pick_one(("", "no nuts"), pick)}
    return await shop.call("order", "PUT", path, auth, body)


async def set_details(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The customer chooses address and coupons."""
    body = {"address_id": str(order.customer.address_id), "coupon_codes": pick_one(CHOICES, pick)}
    return await shop.call(
        "order", "PUT", f"/api/orders/{order.id}/details", shop.as_customer(order.customer), body
    )


async def pay(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The customer presses Pay; with some numbers under a key that comes again."""
    key = f"pay-{order.id}" if pick % 4 == 1 else ""
    path = f"/api/orders/{order.id}/request-payment"
    answer = await shop.call("order", "POST", path, shop.as_customer(order.customer), {}, key)
    if answer.is_success and answer.json()["client_secret"]:
        order.secrets.append(answer.json()["client_secret"])
    return answer


async def confirm(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The customer confirms a payment at Stripe, usually the newest, with a good card or a bad one."""
    if not order.secrets:
        return None
    secret = order.secrets[-1] if pick % 3 else pick_one(order.secrets, pick // 3)
    await shop.system.provider.pay(secret, DECLINED if pick % 5 == 4 else VISA)
    return None


async def cancel(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The customer cancels the order."""
    del pick
    path = f"/api/orders/{order.id}/cancel"
    return await shop.call(
        "order", "POST", path, shop.as_customer(order.customer), {"reason": "changed my mind"}
    )


async def admin_cancel(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin cancels the order."""
    if pick % 2:
        return await shop.call("order", "DELETE", f"/api/orders/{order.id}", shop.admin)
    path, body = f"/api/orders/{order.id}/status", {"status": "cancelled", "reason": "by hand"}
    return await shop.call("order", "PUT", path, shop.admin, body)


async def produce(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin gives the order to the kitchen."""
    del pick
    return await shop.call("order", "POST", f"/api/orders/{order.id}/produce", shop.admin, {})


async def pack(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin reports that the order is packed."""
    del pick
    return await shop.call("order", "PUT", f"/api/orders/{order.id}/status", shop.admin, {"status": "packed"})


async def complete(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin completes the order."""
    del pick
    body = {"status": "completed"}
    return await shop.call("order", "PUT", f"/api/orders/{order.id}/status", shop.admin, body)


async def request_shipping(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin asks for the delivery of the order."""
    del pick
    return await shop.call("order", "POST", f"/api/orders/{order.id}/request-shipping", shop.admin, {})


async def refund(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin gives money back: an amount, some pieces, or all that is left."""
    product = pick_one(shop.products, pick)
    bodies: list[dict[str, object]] = [
        {},
        {"amount": "0.50"},
        {"amount": "3.00"},
        {"lines": [{"product_id": str(product.id), "quantity": 1}]},
        {"amount": "7.40"},
    ]
    body = {**pick_one(bodies, pick), "reason": "burnt"}
    key = f"refund-{order.id}-{pick % 5}" if pick % 3 == 1 else ""
    return await shop.call("order", "POST", f"/api/orders/{order.id}/refunds", shop.admin, body, key)


async def refund_payment(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin gives money back at the payment, without the order."""
    found = (await shop.call("payment", "GET", f"/api/payments/order/{order.id}", shop.admin)).json()["items"]
    if not found:
        return None
    body = {"amount": pick_one((None, "0.70", "5.00"), pick), "reason": "at the payment"}
    path = f"/api/payments/{pick_one(found, pick // 3)['payment_id']}/refund"
    return await shop.call("payment", "POST", path, shop.admin, body)


async def change_price(shop: Shop, pick: int) -> Answer:
    """An admin changes the price of a product."""
    number = pick % len(shop.products)
    product = shop.products[number]
    price = Decimal(PRICES[number]) + Decimal(pick_one(("0", "0.35", "1.00"), pick // 3))
    body = {
        "product_id": str(product.id),
        "unit_price": str(price),
        "currency_code": "EUR",
        "minimum_quantity": 1,
        "valid_from": None,
        "valid_until": None,
    }
    return await shop.call("pricing", "PUT", f"/api/prices/{product.price_id}", shop.admin, body)


async def change_product(shop: Shop, pick: int) -> Answer:
    """An admin takes a product off sale, puts it on sale again, or deletes it."""
    product = pick_one(shop.products, pick)
    path = f"/api/products/{product.id}"
    if pick % 7 == 6:
        return await shop.call("product", "DELETE", path, shop.admin)
    body = {"name": f"Bun {pick % 5}", "tax_category": "food", "active": pick // 3 % 3 > 0}
    return await shop.call("product", "PUT", path, shop.admin, body)


async def change_coupon(shop: Shop, pick: int) -> Answer:
    """An admin switches a coupon off or on, or deletes it."""
    code = pick_one(list(COUPONS), pick)
    path = f"/api/coupons/{shop.coupons[code]}"
    if pick % 7 == 6:
        return await shop.call("pricing", "DELETE", path, shop.admin)
    body = {**_ANY_COUPON, "code": code, **COUPONS[code], "active": pick // 5 % 3 > 0}
    return await shop.call("pricing", "PUT", path, shop.admin, body)


async def two_clicks(shop: Shop, pick: int) -> Answer:
    """A customer orders twice under one new key."""
    customer = pick_one(shop.customers, pick)
    auth, key = shop.as_customer(customer), f"twice-{uuid4()}"
    first = await shop.call("cart", "POST", "/api/carts/checkout", auth, {}, key)
    second = await shop.call("cart", "POST", "/api/carts/checkout", auth, {}, key)
    assert first.status_code == second.status_code, (first.text, second.text)
    if first.status_code == CREATED:
        assert first.json() == second.json()
        await _note_order(shop, UUID(first.json()["order_id"]), customer, from_cart=True)
    return second


SHOP_COMMANDS: dict[str, ShopCommand] = {
    each.__name__: each for each in (add_to_cart, check_out, order_directly, change_cart, two_clicks)
}
CATALOGUE: dict[str, ShopCommand] = {
    each.__name__: each for each in (change_price, change_product, change_coupon)
}
CUSTOMER: dict[str, Command] = {
    each.__name__: each for each in (set_details, pay, confirm, change_line, cancel)
}
ADMIN: dict[str, Command] = {
    each.__name__: each
    for each in (produce, pack, request_shipping, complete, refund, refund_payment, admin_cancel)
}
