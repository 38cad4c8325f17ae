"""A cart through any sequence of what customers, order and its notices do to it.

The model keeps for each product the pieces that nobody has ordered, and for each order the pieces that it has
not taken out of the cart yet. The cart shows both together.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID, uuid4

from bunmart.order.v1.order_pb2 import CreateOrderIntentResponse
from bunmart_chassis.errors import NotFoundError, UnavailableError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.services.cart.conftest import OpenShop, Shop
from tests.support import problem
from tests.support.effort import effort

PRODUCTS = [UUID(int=number) for number in (1, 2, 3)]
ANSWERS = ("good", "good", "lost", "down", "refused")
T = TypeVar("T")


class Attempt:
    """A checkout as the model sees it.

    Attributes:
        lines: Pieces that it sends.
        held: Those that are still in the cart.
        order_id: The order, once it exists.
        is_told: True when the cart knows the order's id.
        in_cart: True until the order has taken its pieces, or was refused.
    """

    def __init__(self, lines: dict[UUID, int]) -> None:
        self.lines, self.held = lines, Counter(lines)
        self.order_id: str | None = None
        self.is_told = False
        self.in_cart = True

    def leave(self) -> None:
        """Take the pieces out of the cart."""
        self.held = Counter()
        self.is_told, self.in_cart = True, False


class LifeOfACart(RuleBasedStateMachine):
    """One customer's cart in a shop that goes on between the runs."""

    def __init__(self, shop: Shop, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.shop, self.loop = shop, loop
        self.user = uuid4()
        self.headers = shop.tokens.auth("customer", self.user)
        self.cart_id = ""
        self.free: Counter[UUID] = Counter()
        self.attempts: list[Attempt] = []
        self.returned: set[str] = set()
        self.brought: Counter[UUID] = Counter()
        self.answer = "good"
        shop.peers.answer("CreateOrderIntent", self.create_order)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work in the loop of the service."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)

    def create_order(self, request: Any, metadata: dict[str, str]) -> CreateOrderIntentResponse:
        """Answer as the order service does when it works, is down, refuses, or its answer is lost."""
        key = metadata["idempotency-key"]
        if self.answer == "down":
            raise UnavailableError("down")
        if self.answer == "refused" and key not in self.shop.order.orders:
            raise NotFoundError("No price.", code="PRICE_NOT_FOUND")
        order_id = self.shop.order.create(request, key)
        if self.answer == "lost":
            raise UnavailableError("lost")
        return CreateOrderIntentResponse(order_id=order_id)

    def holding(self) -> list[Attempt]:
        """The attempts whose pieces are in the cart, the newest first."""
        return [each for each in reversed(self.attempts) if each.in_cart]

    def held(self) -> Counter[UUID]:
        """The pieces that are in the cart although they are sent to order."""
        return sum((each.held for each in self.holding()), Counter())

    def shown(self) -> Counter[UUID]:
        """The pieces that the cart must show."""
        return self.free + self.held()

    def orders(self) -> dict[str, Attempt]:
        """The attempts that became orders."""
        return {each.order_id: each for each in self.attempts if each.order_id}

    def any_order(self) -> st.SearchStrategy[str]:
        """One of the orders, by its place in their sequence: ids differ from run to run."""
        return st.integers(0, len(self.orders()) - 1).map(list(self.orders()).__getitem__)

    @rule(product=st.sampled_from(PRODUCTS), quantity=st.integers(1, 5))
    def add(self, product: UUID, quantity: int) -> None:
        self.cart_id = self.run(self.shop.add(product, quantity, user_id=self.user)).cart_id
        self.free[product] += quantity
        self.brought[product] += quantity

    @precondition(lambda self: self.shown())
    @rule(data=st.data(), quantity=st.integers(0, 6))
    def set_quantity(self, data: st.DataObject, quantity: int) -> None:
        product = data.draw(st.sampled_from(sorted(self.shown())))
        changed = self.run(self.request_quantity(product, quantity))
        assert changed.status_code == 200
        excess = self.held()[product] - quantity
        for attempt in sorted(self.holding(), key=lambda each: not each.is_told):
            lost = min(attempt.held[product], max(excess, 0))
            attempt.held[product] -= lost
            excess -= lost
        free = quantity - self.held()[product]
        self.brought[product] += free - self.free[product]
        self.free[product] = free

    async def request_quantity(self, product: UUID, quantity: int) -> Any:
        """Set the pieces of a product over REST; 0 removes it."""
        row = await self.shop.database.fetchrow(
            "SELECT id FROM cart_items WHERE cart_id = $1 AND product_id = $2", UUID(self.cart_id), product
        )
        assert row is not None
        path = f"/api/carts/{self.cart_id}/items/{row['id']}"
        if quantity:
            return await self.shop.http.put(path, json={"quantity": quantity}, headers=self.headers)
        return await self.shop.http.delete(path, headers=self.headers)

    @rule(
        answer=st.sampled_from(ANSWERS),
        wanted=st.none() | st.sets(st.sampled_from(PRODUCTS), min_size=1),
        keyed=st.booleans(),
    )
    def checkout(self, answer: str, wanted: set[UUID] | None, keyed: bool) -> None:
        self.answer = answer
        body = {} if wanted is None else {"product_ids": sorted(map(str, wanted))}
        headers = self.headers | ({"idempotency-key": str(uuid4())} if keyed else {})
        clicked = self.run(self.shop.http.post("/api/carts/checkout", json=body, headers=headers))
        shown = self.shown()
        chosen = set(shown) if wanted is None else wanted
        if not shown:
            assert problem(clicked)["code"] == "CART_EMPTY"
        elif chosen - set(shown):
            assert problem(clicked)["code"] == "PRODUCT_NOT_IN_CART"
        else:
            self.follow(self.expect_attempt(chosen), clicked)

    def expect_attempt(self, chosen: set[UUID]) -> Attempt:
        """Find or make the attempt that a click must become."""
        for attempt in self.holding():
            if not attempt.is_told and attempt.lines.keys() & chosen:
                return attempt
        lines = {product: self.free[product] for product in chosen if self.free[product]}
        if not lines:
            return next(each for each in self.holding() if any(each.held[product] for product in chosen))
        attempt = Attempt(lines)
        self.attempts.append(attempt)
        self.free -= Counter(lines)
        return attempt

    def follow(self, attempt: Attempt, clicked: Any) -> None:
        """Do to the model what the answer of order says, and check the answer to the click."""
        if attempt.is_told:
            assert (clicked.status_code, clicked.json()["order_id"]) == (201, attempt.order_id)
        elif self.answer == "refused" and attempt.order_id is None:
            assert (clicked.status_code, problem(clicked)["code"]) == (409, "PRICE_NOT_FOUND")
            self.free += attempt.held
            self.brought -= Counter(attempt.lines) - attempt.held
            attempt.held, attempt.in_cart = Counter(), False
        elif self.answer == "down":
            assert clicked.status_code == 503
        elif self.answer == "lost":
            assert clicked.status_code == 503
            self.find_order(attempt)
        else:
            self.find_order(attempt)
            assert (clicked.status_code, clicked.json()["order_id"]) == (201, attempt.order_id)
            attempt.is_told = True

    def find_order(self, attempt: Attempt) -> None:
        """Find the order that has come into being, if it is new, and check its lines."""
        mine = {key for key, each in self.shop.order.requests.items() if each.user_id == str(self.user)}
        new = mine - self.orders().keys()
        if attempt.order_id is None:
            (attempt.order_id,) = new
        else:
            assert new == set()
        request = self.shop.order.requests[attempt.order_id]
        assert {UUID(line.product_id): line.quantity for line in request.items} == attempt.lines

    @precondition(lambda self: self.orders())
    @rule(data=st.data())
    def notice(self, data: st.DataObject) -> None:
        self.take_out(data.draw(self.any_order()))

    def take_out(self, order_id: str) -> None:
        """Let an order take its pieces, for the first time or again."""
        attempt = self.orders()[order_id]
        self.run(self.shop.ordered(self.cart_id, UUID(order_id), *attempt.lines))
        attempt.leave()

    @precondition(lambda self: self.orders())
    @rule(data=st.data())
    def end_unpaid(self, data: st.DataObject) -> None:
        order_id = data.draw(self.any_order())
        attempt = self.orders()[order_id]
        goods = [(product, pieces, "") for product, pieces in attempt.lines.items()]
        assert self.run(self.shop.restore(order_id, *goods, user_id=self.user))
        if order_id in self.returned:
            return
        self.returned.add(order_id)
        attempt.leave()
        for product, pieces in attempt.lines.items():
            more = max(pieces - self.free[product], 0)
            self.free[product] += more
            self.brought[product] += more

    @invariant()
    def the_cart_shows_what_is_not_taken(self) -> None:
        content = self.run(self.shop.content(self.user))
        assert {UUID(product): pieces for product, pieces in content.items()} == self.shown()

    def teardown(self) -> None:
        for order_id in self.orders():
            self.take_out(order_id)
        self.the_cart_shows_what_is_not_taken()
        undecided = sum((Counter(each.lines) - each.held for each in self.holding()), Counter())
        ordered = Counter({UUID(key): n for key, n in self.shop.order.pieces_of(self.user).items()})
        assert ordered + self.shown() + undecided == +self.brought


async def test_pieces_ordered_and_pieces_in_the_cart_are_the_pieces_added(open_shop: OpenShop) -> None:
    shop = await open_shop(repeated_click_seconds=0)
    loop = asyncio.get_running_loop()

    class LifeInThisShop(LifeOfACart):
        def __init__(self) -> None:
            super().__init__(shop, loop)

    await asyncio.to_thread(
        run_state_machine_as_test,
        LifeInThisShop,
        settings=settings(max_examples=effort(30), stateful_step_count=30, deadline=None),
    )
