"""Use cases of checkout: products of a cart become an order, and leave the cart afterwards."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.context import current
from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.domain import CartOrder, CheckoutAttempt, Owner
from bunmart_cart.service.base import UseCases, read_full_cart, require_same_cart


class OrderedCart(NamedTuple):
    """The order that a checkout became, and the cart that its products came from."""

    order_id: UUID
    cart_id: UUID


class Checkout(UseCases):
    """Checkout of a user's cart."""

    async def checkout(
        self,
        unit: UnitOfWork,
        user_id: UUID,
        *,
        product_ids: Collection[UUID] | None,
        cart_id: UUID | None,
    ) -> OrderedCart:
        """Order the user's cart, or the named products of it: record, call order, record.

        The same selection of an unchanged cart is one order, however often it is asked for. Under a client's
        idempotency key the products are recorded, and later the order that they became: soon the cart is
        empty, and a repeat of the call could not choose the same again.

        Args:
            unit: The unit of work of the call.
            user_id: The customer.
            product_ids: Products of the cart to order; all when None.
            cart_id: If given, it must be the user's cart.

        Raises:
            FailedPreconditionError: The cart is empty (CART_EMPTY), lacks a named product
                (PRODUCT_NOT_IN_CART), or has one that is not for sale (PRODUCT_NOT_FOR_SALE).
            NotFoundError: ``cart_id`` is not the user's cart (CART_NOT_FOUND).
        """
        call = current()
        client_key = call.idempotency_key if call is not None else None
        if client_key is None:
            attempt = await self._choose(user_id, "", product_ids, cart_id)
        else:
            key = domain.attempt_key(client_key, product_ids, cart_id)
            attempt = await self.record_attempt(user_id, key, product_ids, cart_id)
        order_id = attempt.order_id or await self.clients.create_order_intent(
            user_id, attempt.lines, attempt.cart_id, idempotency_key=attempt.order_key
        )
        if attempt.key:
            await queries.RECORD_ORDERED.run(unit, of_user=user_id, of_key=attempt.key, order_id=order_id)
        return OrderedCart(order_id, attempt.cart_id)

    async def record_attempt(
        self, user_id: UUID, key: str, product_ids: Collection[UUID] | None, cart_id: UUID | None
    ) -> CheckoutAttempt:
        """Record what is ordered under a client's key, or read what was recorded first.

        The record is committed before the order is asked for, so that it stands even if this process dies
        before it answers. A statement that runs on the database is a transaction of its own.
        """
        recorded = await queries.CHECKOUT.first(self.database, user_id=user_id, key=key)
        if recorded is not None:
            return recorded
        attempt = await self._choose(user_id, key, product_ids, cart_id)
        if await queries.RECORD_CHECKOUT.add(self.database, attempt):
            return attempt
        # A concurrent duplicate was faster: its record counts.
        return await queries.CHECKOUT.first(self.database, user_id=user_id, key=key) or attempt

    async def _choose(
        self, user_id: UUID, key: str, product_ids: Collection[UUID] | None, cart_id: UUID | None
    ) -> CheckoutAttempt:
        cart = await self.find(Owner(user_id, ""))
        require_same_cart(cart, cart_id)
        if cart is None:
            raise domain.cart_empty()
        full = await read_full_cart(self.database, cart)
        items = domain.require_selection(full.items, product_ids)
        domain.require_for_sale(items, await self.clients.valid_products(item.product_id for item in items))
        return domain.new_attempt(user_id, key, cart, items)

    async def invalidate(
        self, unit: UnitOfWork, cart_id: UUID, order_id: UUID, product_ids: Collection[UUID]
    ) -> None:
        """Take an order's products out of its cart, once for each order.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND).
        """
        require_found(await queries.CART_FOR_UPDATE.first(unit, id=cart_id), "cart", cart_id)
        if not await queries.RECORD_ORDER.add(unit, CartOrder(cart_id, order_id)):
            return
        if await queries.REMOVE_PRODUCTS.run(unit, cart_id=cart_id, product_ids=list(product_ids)):
            await queries.ITEMS_CHANGED.first(unit, cart_id=cart_id)
