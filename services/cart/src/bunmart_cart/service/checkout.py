"""The use case of checkout: products of a cart become an order."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.context import current
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from bunmart_chassis.idempotency import KEEP_HOURS
from bunmart_chassis.storage import UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.domain import CheckoutAttempt, Click, NewCheckout, Owner, SameCheckout, Stock
from bunmart_cart.service.base import UseCases, require_same_cart

_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"


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

        ``domain.decide_checkout`` decides which clicks are one order. A click under a client's idempotency
        key gets the same order whenever it is repeated.

        Args:
            unit: The unit of work of the call.
            user_id: The customer.
            product_ids: Products of the cart to order; all when None.
            cart_id: If given, it must be the user's cart.

        Raises:
            FailedPreconditionError: The cart is empty (CART_EMPTY), lacks a named product
                (PRODUCT_NOT_IN_CART), or has one that is not for sale (PRODUCT_NOT_FOR_SALE) or has no price
                (PRICE_NOT_FOUND).
            NotFoundError: ``cart_id`` is not the user's cart (CART_NOT_FOUND).
        """
        call = current()
        wanted = None if product_ids is None else frozenset(product_ids)
        click = Click(user_id, call.idempotency_key if call is not None else None, wanted, cart_id)
        attempt = await self.record_attempt(click)
        if attempt.order_id is not None:
            return OrderedCart(attempt.order_id, attempt.cart_id)
        order_id = await self._ask_order(attempt)
        await _record_order(unit, attempt, order_id)
        return OrderedCart(order_id, attempt.cart_id)

    async def record_attempt(self, click: Click) -> CheckoutAttempt:
        """Record what is ordered, or read what was recorded first.

        The record is committed before the order is asked for, so that it stands even if this process dies
        before it answers.
        """
        if click.key is not None:
            recorded = await queries.CHECKOUT.first(self.database, user_id=click.user_id, key=click.key)
            if recorded is not None:
                return recorded
        cart = await self.find(Owner(click.user_id, ""))
        require_same_cart(cart, click.cart_id)
        if cart is None:
            raise domain.cart_empty()
        seen = await self._list_products(cart.id, click)
        valid = await self.clients.valid_products(seen) if seen else set()
        async with self.database.transaction() as first:
            return await self._decide(first, cart.id, click, seen, valid)

    async def _list_products(self, cart_id: UUID, click: Click) -> list[UUID]:
        if click.product_ids is not None:
            return list(click.product_ids)
        return [item.product_id for item in await queries.ITEMS_OF.all(self.database, cart_id=cart_id)]

    async def _decide(
        self, first: UnitOfWork, cart_id: UUID, click: Click, seen: list[UUID], valid: set[UUID]
    ) -> CheckoutAttempt:
        cart = await queries.CART_FOR_UPDATE.first(first, id=cart_id)
        if cart is None:
            raise domain.cart_empty()
        now = datetime.now(UTC)
        just_since = now - timedelta(seconds=self.settings.repeated_click_seconds)
        attempts = await queries.OPEN_CHECKOUTS.all(
            first,
            cart_id=cart_id,
            just_since=just_since,
            repeatable_since=now - timedelta(hours=KEEP_HOURS),
        )
        items = await queries.ITEMS_OF.all(first, cart_id=cart_id)
        match domain.decide_checkout(Stock(cart, items, attempts, just_since), click, seen):
            case NewCheckout(attempt):
                domain.require_for_sale(attempt.lines, valid)
            case SameCheckout(earlier):
                if click.key is None:
                    return earlier
                attempt = domain.repeated_attempt(earlier, click.key)
        if await queries.RECORD_CHECKOUT.add(first, attempt):
            return attempt
        # A concurrent duplicate under the same key was faster: its record counts.
        recorded = await queries.CHECKOUT.first(first, user_id=click.user_id, key=attempt.key)
        return recorded or attempt

    async def _ask_order(self, attempt: CheckoutAttempt) -> UUID:
        """Call order; a clear refusal ends the attempt, so that its pieces can be ordered again.

        After any other error nobody knows whether the order exists. The attempt stays, and the next click
        repeats it.
        """
        try:
            return await self.clients.create_order_intent(attempt)
        except (InvalidArgumentError, NotFoundError, FailedPreconditionError) as refusal:
            if refusal.code == _KEY_REUSED:
                raise
            await self._forget(attempt)
            raise domain.order_refusal(refusal, attempt) from refusal

    async def _forget(self, attempt: CheckoutAttempt) -> None:
        await queries.FORGET_CHECKOUT.run(
            self.database, of_user=attempt.user_id, of_order_key=attempt.order_key
        )


async def _record_order(unit: UnitOfWork, attempt: CheckoutAttempt, order_id: UUID) -> None:
    recorded = await queries.RECORD_ORDERED.run(
        unit, of_user=attempt.user_id, of_order_key=attempt.order_key, order_id=order_id
    )
    if not recorded:
        # Order has just refused a concurrent duplicate, which forgot the attempt.
        attempt.order_id, attempt.in_cart = order_id, False
        await queries.RECORD_CHECKOUT.add(unit, attempt)
