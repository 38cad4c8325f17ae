"""From the cart to the order (brief, "Placing an order from the cart")."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.context import current

from bunmart_cart import domain, queries
from bunmart_cart.domain import CartOrder, CheckoutAttempt, OrderedLine, Owner
from bunmart_cart.service.base import FullCart, found, no_cart
from bunmart_cart.service.reading import Reading


class Checkout(NamedTuple):
    """Where the customer goes on."""

    order_id: UUID
    cart_id: UUID


class Verdict(NamedTuple):
    """A cart and what stands in the way of ordering it, one sentence each."""

    full: FullCart
    obstacles: list[str]


class Ordering(Reading):
    """Use cases of checkout."""

    async def check(self, owner: Owner) -> Verdict:
        """Whether the owner's cart could be ordered now (NOT_FOUND when there is none)."""
        cart = await self.get_of(owner)
        if not cart.items:
            return Verdict(cart, [domain.cart_empty().message])
        valid = await self.clients.valid_products(item.product_id for item in cart.items)
        gone = domain.not_for_sale(cart.items, valid)
        return Verdict(cart, [f"Product {product_id} is not for sale any more." for product_id in gone])

    async def checkout(
        self, user_id: UUID, *, product_ids: Collection[UUID] | None, cart_id: UUID | None
    ) -> Checkout:
        """Order the user's cart, or the named products of it.

        The same selection of an unchanged cart is one order, however often it is asked for.

        Raises:
            FailedPreconditionError: CART_EMPTY, PRODUCT_NOT_IN_CART, PRODUCT_NOT_FOR_SALE.
            NotFoundError: ``cart_id`` is not the user's cart (CART_NOT_FOUND).
        """
        attempt = await self._attempt(user_id, product_ids, cart_id)
        order_id = await self.clients.create_order_intent(
            user_id, attempt.lines, attempt.cart_id, idempotency_key=attempt.order_key
        )
        await self._keep_answer()
        return Checkout(order_id, attempt.cart_id)

    async def _attempt(
        self, user_id: UUID, product_ids: Collection[UUID] | None, cart_id: UUID | None
    ) -> CheckoutAttempt:
        """What is ordered: as it was first asked for under the client's key, else from the cart as it is."""
        call = current()
        client_key = call.idempotency_key if call is not None else None
        if client_key is None:
            return await self._choose(user_id, "", product_ids, cart_id)
        key = domain.attempt_key(client_key, product_ids, cart_id)
        made = await queries.CHECKOUT.first(self.database, user_id=user_id, key=key)
        if made is None:
            made = await self._choose(user_id, key, product_ids, cart_id)
            # On its own: the order empties the cart, whether or not this call lives to answer.
            async with self.database.transaction(independent=True) as unit:
                if not await queries.RECORD_CHECKOUT.add(unit, made):
                    made = await queries.CHECKOUT.first(unit, user_id=user_id, key=key) or made
        return made

    async def _choose(
        self, user_id: UUID, key: str, product_ids: Collection[UUID] | None, cart_id: UUID | None
    ) -> CheckoutAttempt:
        full = await self.find_of(Owner(user_id, ""))
        if cart_id is not None and (full is None or full.cart.id != cart_id):
            raise no_cart(cart_id)
        if full is None:
            raise domain.cart_empty()
        items = domain.choose(full.items, product_ids)
        domain.require_for_sale(items, await self.clients.valid_products(item.product_id for item in items))
        return CheckoutAttempt(
            user_id=user_id,
            key=key,
            cart_id=full.cart.id,
            order_key=domain.checkout_key(full.cart, items),
            lines=[OrderedLine(item.product_id, item.quantity) for item in items],
            created_at=datetime.now(UTC),
        )

    async def _keep_answer(self) -> None:
        """Make the answer replayable under the client's key: soon the cart is empty, and a repeat refused.

        A call's answer is stored with what it writes; checkout writes nothing here, the order service does.
        """
        call = current()
        if call is not None and call.idempotent is not None:
            async with self.database.transaction():
                pass

    async def invalidate(self, cart_id: UUID, order_id: UUID, product_ids: Collection[UUID]) -> None:
        """Take an order's products out of its cart, once per order (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            found(await queries.CART_FOR_UPDATE.first(unit, id=cart_id), cart_id)
            if not await queries.RECORD_ORDER.add(unit, CartOrder(cart_id, order_id)):
                return
            if await queries.REMOVE_PRODUCTS.run(unit, cart_id=cart_id, product_ids=list(product_ids)):
                await queries.ITEMS_CHANGED.first(unit, cart_id=cart_id)
