"""What must hold of the carts: what was ordered leaves them, by pieces; what was added meanwhile stays."""

from collections import Counter
from uuid import UUID

from tests.life.picture import Picture
from tests.life.shop import Customer, Shop

_ITEMS = """
SELECT c.user_id, i.product_id, sum(i.quantity) AS pieces FROM cart_items i JOIN carts c ON c.id = i.cart_id
GROUP BY c.user_id, i.product_id
"""
_ORDERS = "SELECT id, user_id, cart_id FROM orders"


async def cart_problems(shop: Shop, pictures: list[Picture]) -> list[str]:
    """Return which carts hold other pieces than were put in and not ordered.

    A product of an order that ended unpaid is left out from then on: of the pieces that come back and those
    that were put there again the larger number counts.
    """
    found: Counter[tuple[UUID, UUID]] = Counter()
    for row in await shop.system.services["cart"].database.fetch(_ITEMS):
        found[row["user_id"], row["product_id"]] = row["pieces"]
    for picture, order in zip(pictures, shop.orders, strict=True):
        if order.from_cart and picture.status == "cancelled" and "paid" not in picture.states:
            order.customer.loose.update(order.ordered)
    known = {order.id for order in shop.orders}
    for row in await shop.system.services["order"].database.fetch(_ORDERS):
        if row["id"] not in known:
            return [f"There is an order {row['id']} that nobody was told of."]
    return [problem for customer in shop.customers for problem in _of(shop, customer, found)]


def _of(shop: Shop, customer: Customer, found: Counter[tuple[UUID, UUID]]) -> list[str]:
    problems = []
    for product in shop.products:
        ordered = sum(
            order.ordered[product.id]
            for order in shop.orders
            if order.customer is customer and order.from_cart
        )
        wanted, pieces = customer.added[product.id] - ordered, found[customer.id, product.id]
        if product.id not in customer.loose and pieces != wanted:
            problems.append(
                f"{customer.name} put {customer.added[product.id]} pieces of {product.id} into the cart and "
                f"ordered {ordered}; the cart has {pieces}."
            )
    return problems
