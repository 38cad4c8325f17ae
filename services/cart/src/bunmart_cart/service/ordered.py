"""Use cases of what was ordered: it leaves the cart with the order, and comes back when that ends unpaid."""

import logging
from collections.abc import Collection, Sequence
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.domain import Cart, CartItem, CartOrder, CheckoutAttempt, Owner, ReturnedItem
from bunmart_cart.service.base import UseCases, open_cart_for_items, rewrite_checkout

log = logging.getLogger(__name__)


class Ordered(UseCases):
    """Products of a cart that were ordered."""

    async def invalidate(
        self, unit: UnitOfWork, cart_id: UUID, order_id: UUID, product_ids: Collection[UUID]
    ) -> None:
        """Take an order's products out of its cart, once for each order.

        The pieces that checkout recorded for this order leave the cart, and their notes with them. An order
        that the cart did not send, or sent too long ago, takes all pieces of its products that no other order
        is about to take: their number is not known.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND).
        """
        cart = require_found(await queries.CART_FOR_UPDATE.first(unit, id=cart_id), "cart", cart_id)
        if not await queries.RECORD_ORDER.add(unit, CartOrder(cart_id, order_id)):
            return
        items = await queries.ITEMS_OF.all(unit, cart_id=cart_id)
        attempts = await queries.HOLDING_CHECKOUTS.all(unit, cart_id=cart_id, order_id=order_id)
        attempt = domain.find_attempt(attempts, order_id, product_ids)
        if attempt is None:
            changed = domain.take_out_all(items, attempts, product_ids)
        else:
            changed = await _take_out(unit, cart, items, attempt, order_id)
        if changed:
            await _write_items(unit, changed)
            await queries.ITEMS_CHANGED.first(unit, cart_id=cart_id)

    async def restore(
        self,
        unit: UnitOfWork,
        user_id: UUID,
        order_id: UUID,
        returned: Sequence[ReturnedItem],
        *,
        note: str,
    ) -> bool:
        """Put the products of an order that ended unpaid back into the user's cart, once for each order.

        Of the pieces returned and those put there again, the larger number counts. Products that are no
        longer for sale, and those for which the cart has no line left, are left out; the log names them.

        Args:
            unit: The unit of work of the call.
            user_id: The customer.
            order_id: The order.
            returned: Its products, pieces and notes.
            note: The note to the whole order; a cart without a note gets it.

        Returns:
            True when the order is put back, now or before; False when its user may have no cart any more.
        """
        if await queries.RESTORED_ORDER.first(self.database, order_id=order_id) is not None:
            return True
        goods = domain.merge_returned(returned)
        valid = await self.clients.valid_products(item.product_id for item in goods)
        owner = Owner(user_id, "")
        if await self.find(owner) is None and not await self.clients.is_active_user(user_id):
            log.info("order %s is not put back: user %s is not active", order_id, user_id)
            return False
        if await queries.RECORD_RESTORED.add(unit, domain.new_restored_order(order_id, user_id)):
            cart = await open_cart_for_items(unit, owner)
            await _put_back(unit, cart, order_id, goods, valid)
            # After the goods: an order that had not left the cart takes its note with it.
            await queries.FILL_NOTE.run(unit, cart_id=cart.id, note=note[: domain.MAX_NOTE])
        return True


async def _put_back(
    unit: UnitOfWork, cart: Cart, order_id: UUID, goods: Sequence[ReturnedItem], valid: Collection[UUID]
) -> None:
    items = await queries.ITEMS_OF.all(unit, cart_id=cart.id)
    attempts = await queries.HOLDING_CHECKOUTS.all(unit, cart_id=cart.id, order_id=order_id)
    changed: list[CartItem] = []
    # The order may end before it has taken its pieces: they are taken here, and not once more later.
    if await queries.RECORD_ORDER.add(unit, CartOrder(cart.id, order_id)):
        attempt = domain.find_attempt(attempts, order_id, {item.product_id for item in goods})
        if attempt is not None:
            changed = await _take_out(unit, cart, items, attempt, order_id)
    for_sale = [item for item in goods if item.product_id in valid]
    result = domain.put_back(cart, items, for_sale, domain.held_pieces(attempts))
    both = {item.id: item for item in [*changed, *result.changed]}
    await _write_items(unit, list(both.values()))
    if result.added:
        await queries.ADD_ITEMS.add_all(unit, result.added)
    left_out = [*result.left_out, *domain.not_for_sale((item.product_id for item in goods), valid)]
    if left_out:
        log.info("order %s is put back without the products %s", order_id, ", ".join(map(str, left_out)))


async def _take_out(
    unit: UnitOfWork, cart: Cart, items: Sequence[CartItem], attempt: CheckoutAttempt, order_id: UUID
) -> list[CartItem]:
    changed = domain.take_out(items, attempt)
    if domain.leaves_note(cart, attempt, items):
        await queries.SET_NOTE.first(unit, cart_id=cart.id, note="")
    if attempt.order_id is None:
        await queries.RECORD_ORDERED.run(
            unit, of_user=attempt.user_id, of_order_key=attempt.order_key, order_id=order_id
        )
    attempt.in_cart = False
    await rewrite_checkout(unit, attempt)
    return changed


async def _write_items(unit: UnitOfWork, items: Sequence[CartItem]) -> None:
    gone = [item.id for item in items if not item.quantity]
    if gone:
        await queries.DELETE_ITEMS.run(unit, ids=gone)
    kept = [item for item in items if item.quantity]
    if kept:
        await queries.REWRITE_ITEM.run_many(
            unit, ({"item_id": item.id, "quantity": item.quantity, "note": item.note} for item in kept)
        )
