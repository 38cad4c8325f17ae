"""Checkout at the same time as everything else: pieces ordered and pieces in the cart are the pieces added."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.cart.v1.cart_pb2 import CartInfo
from bunmart.order.v1.order_pb2 import CreateOrderIntentRequest, CreateOrderIntentResponse

from tests.services.cart.conftest import BUN, Shop, pieces
from tests.support.effort import effort

ROUNDS = effort(200)
AT_ONCE = 4
"""Customers at a time, each with a cart of his own."""


class PromptOrders:
    """Order whose notice to the cart comes before, during or after its answer to checkout."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._random = random.Random(7)
        self._notices: defaultdict[str, list[asyncio.Task[None]]] = defaultdict(list)

    async def __call__(self, request: Any, metadata: dict[str, str]) -> CreateOrderIntentResponse:
        is_new = metadata["idempotency-key"] not in self._shop.order.orders
        order_id = self._shop.order.create(request, metadata["idempotency-key"])
        if is_new:
            notice = asyncio.create_task(self._notify(request, UUID(order_id)))
            self._notices[request.user_id].append(notice)
            if self._random.random() < 0.5:
                await notice
        return CreateOrderIntentResponse(order_id=order_id)

    async def _notify(self, request: CreateOrderIntentRequest, order_id: UUID) -> None:
        await asyncio.sleep(self._random.choice([0, 0.002, 0.01]))
        await self._shop.ordered(
            request.cart_id, order_id, *(UUID(line.product_id) for line in request.items)
        )

    async def settle(self, user_id: UUID) -> None:
        """Wait until all notices of a user's orders have arrived."""
        await asyncio.gather(*self._notices[str(user_id)])


class Customer:
    """One customer of a round."""

    def __init__(self, shop: Shop, orders: PromptOrders) -> None:
        self.id = uuid4()
        self.headers = shop.tokens.auth("customer", self.id)
        self.shop = shop
        self.orders = orders

    async def add(self, quantity: int) -> CartInfo:
        """Add buns."""
        return await self.shop.add(BUN, quantity, user_id=self.id)

    async def click(self, **headers: str) -> Any:
        """Press Checkout."""
        return await self.shop.http.post("/api/carts/checkout", json={}, headers=self.headers | headers)

    async def remove(self, cart: CartInfo) -> Any:
        """Remove the buns from the cart."""
        path = f"/api/carts/{cart.cart_id}/items/{cart.items[0].cart_item_id}"
        return await self.shop.http.delete(path, headers=self.headers)

    async def in_cart(self) -> int:
        """Count the buns in the cart once the orders have taken theirs."""
        await self.orders.settle(self.id)
        return (await self.shop.content(self.id)).get(str(BUN), 0)

    @property
    def ordered(self) -> int:
        """The buns of all orders."""
        return self.shop.order.pieces_of(self.id)[str(BUN)]


Race = Callable[[Customer], Awaitable[None]]


async def run(shop: Shop, race: Race, rounds: int = ROUNDS) -> None:
    """Run a race many times, some customers at a time."""
    orders = PromptOrders(shop)
    shop.peers.answer("CreateOrderIntent", orders)
    for _ in range(max(1, rounds // AT_ONCE)):
        await asyncio.gather(*(race(Customer(shop, orders)) for _ in range(AT_ONCE)))


async def test_checkout_and_add(shop: Shop) -> None:
    async def race(customer: Customer) -> None:
        await customer.add(1)
        clicked, _ = await asyncio.gather(customer.click(), customer.add(5))
        assert clicked.status_code == 201
        left = await customer.in_cart()
        assert (customer.ordered, left) in {(1, 5), (6, 0)}
        assert (await customer.click()).status_code == 201
        assert (customer.ordered, await customer.in_cart()) == (6, 0)

    await run(shop, race)


@pytest.mark.parametrize("keyed", [False, True], ids=["without keys", "with a key each"])
async def test_checkout_and_checkout(shop: Shop, keyed: bool) -> None:
    async def race(customer: Customer) -> None:
        await customer.add(3)
        keys = [{"idempotency-key": str(uuid4())} if keyed else {} for _ in range(4)]
        clicked = await asyncio.gather(*(customer.click(**key) for key in keys[:3]))
        await customer.orders.settle(customer.id)
        clicked.append(await customer.click(**keys[3]))
        assert [answer.status_code for answer in clicked] == [201] * 4
        assert len({answer.json()["order_id"] for answer in clicked}) == 1
        assert (customer.ordered, await customer.in_cart()) == (3, 0)

    await run(shop, race)


async def test_two_checkouts_and_two_adds(shop: Shop) -> None:
    async def race(customer: Customer) -> None:
        await customer.add(1)
        await asyncio.gather(customer.click(), customer.add(5), customer.click(), customer.add(3))
        assert customer.ordered + await customer.in_cart() == 9
        await customer.click()
        assert (customer.ordered, await customer.in_cart()) == (9, 0)

    await run(shop, race)


async def test_checkout_and_removal(shop: Shop) -> None:
    async def race(customer: Customer) -> None:
        cart = await customer.add(3)
        clicked, removed = await asyncio.gather(customer.click(), customer.remove(cart))
        assert await customer.in_cart() == 0
        assert customer.ordered == (3 if clicked.status_code == 201 else 0)
        # Buns that were removed first cannot be ordered; those that were ordered first may have left already.
        assert clicked.status_code == 201 or removed.status_code == 200

    await run(shop, race)


async def test_checkout_removal_and_add(shop: Shop) -> None:
    async def race(customer: Customer) -> None:
        cart = await customer.add(3)
        _, removed, added = await asyncio.gather(customer.click(), customer.remove(cart), customer.add(2))
        await customer.in_cart()
        await customer.click()
        assert await customer.in_cart() == 0
        if removed.status_code != 200:
            assert customer.ordered == 5
        elif pieces(added) == {str(BUN): 2}:  # They came after the others had left: nobody removed them.
            assert customer.ordered in {2, 5}
        else:
            assert customer.ordered in {0, 3, 5}

    await run(shop, race)


async def test_checkout_and_merge(shop: Shop) -> None:
    async def race(customer: Customer) -> None:
        session = f"session-{customer.id}"
        await customer.add(1)
        await shop.add(BUN, 5, user_id="", session_id=session)
        clicked, merged = await asyncio.gather(
            customer.click(),
            shop.http.post("/api/carts/merge", json={"session_id": session}, headers=customer.headers),
        )
        assert (clicked.status_code, merged.status_code) == (201, 200)
        assert customer.ordered + await customer.in_cart() == 6
        await customer.click()
        assert (customer.ordered, await customer.in_cart()) == (6, 0)

    await run(shop, race)
