"""Use cases that change the items of a cart."""

import asyncio
from uuid import UUID

import msgspec
from bunmart_chassis.errors import NotFoundError, require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.domain import Access, Owner
from bunmart_cart.service.base import (
    FullCart,
    UseCases,
    lock_cart_for_items,
    open_cart_for_items,
    read_full_cart,
    require_same_cart,
    rewrite_checkout,
)


class Items(UseCases):
    """Changes of a cart's items."""

    async def add_item(
        self, unit: UnitOfWork, owner: Owner, product_id: UUID, quantity: int, *, cart_id: UUID | None
    ) -> FullCart:
        """Add pieces of a product to the owner's cart, which is created if there is none.

        Args:
            unit: The unit of work of the call.
            owner: The user or session.
            product_id: The product.
            quantity: Pieces, on top of those that are in the cart.
            cart_id: If given, it must be the owner's cart.

        Raises:
            FailedPreconditionError: There are too many pieces (CART_QUANTITY_LIMIT) or products (CART_FULL).
            NotFoundError: The product is not for sale (PRODUCT_NOT_FOUND), the user does not exist
                (USER_NOT_FOUND), or ``cart_id`` is not the owner's cart (CART_NOT_FOUND).
        """
        cart = await self.find(owner)
        require_same_cart(cart, cart_id)
        checks = [self._require_product(product_id)]
        if cart is None and owner.user_id is not None:
            checks.append(self.require_user(owner.user_id))
        await asyncio.gather(*checks)
        cart = await open_cart_for_items(unit, owner)
        require_same_cart(cart, cart_id)
        item = domain.new_item(cart, product_id, quantity)
        if await queries.ADD_ITEM.first(unit, **msgspec.structs.asdict(item)) is None:
            raise domain.too_many_pieces()
        full = await read_full_cart(unit, cart)
        domain.require_line_limit(full.items)
        return full

    async def change_item(
        self,
        unit: UnitOfWork,
        cart_id: UUID,
        item_id: UUID,
        *,
        quantity: int | None,
        note: str | None,
        access: Access,
    ) -> FullCart:
        """Set an item's pieces and note; None leaves them.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND) or item (CART_ITEM_NOT_FOUND).
            PermissionDeniedError: The cart is somebody else's (PERMISSION_DENIED).
            UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
        """
        cart = await lock_cart_for_items(unit, cart_id, access)
        changed = await queries.SET_ITEM.first(
            unit, item_id=item_id, of_cart=cart_id, quantity=quantity, note=note
        )
        require_found(changed, "cart item", item_id)
        full = await read_full_cart(unit, cart)
        if quantity is not None:
            product_id = next(item.product_id for item in full.items if item.id == item_id)
            await _release_removed(unit, cart_id, product_id, quantity)
        return full

    async def remove_item(self, unit: UnitOfWork, cart_id: UUID, item_id: UUID, access: Access) -> FullCart:
        """Take an item out; returns the rest.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND) or item (CART_ITEM_NOT_FOUND).
            PermissionDeniedError: The cart is somebody else's (PERMISSION_DENIED).
            UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
        """
        cart = await lock_cart_for_items(unit, cart_id, access)
        removed = await queries.DELETE_ITEM.first(unit, item_id=item_id, of_cart=cart_id)
        product_id = require_found(removed, "cart item", item_id)
        await _release_removed(unit, cart_id, product_id, 0)
        return await read_full_cart(unit, cart)

    async def _require_product(self, product_id: UUID) -> None:
        if product_id not in await self.clients.valid_products([product_id]):
            raise NotFoundError(f"No product {product_id} is for sale.", code="PRODUCT_NOT_FOUND")


async def _release_removed(unit: UnitOfWork, cart_id: UUID, product_id: UUID, quantity: int) -> None:
    attempts = await queries.HOLDING_CHECKOUTS.all(unit, cart_id=cart_id, order_id=None)
    for attempt in domain.release_removed(attempts, product_id, quantity):
        await rewrite_checkout(unit, attempt)
