"""Filling a cart: products come in from the catalogue, or from the cart of the session at login."""

import asyncio
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.domain import Cart, CartItem, Owner
from bunmart_cart.service.base import FullCart, UseCases, full, no_cart, open_cart, open_for_items


class Filling(UseCases):
    """Use cases that add to a cart."""

    async def open(self, owner: Owner, note: str) -> FullCart:
        """Open the owner's cart; the one that he has, if there is one (NOT_FOUND for an unknown user)."""
        if owner.user_id is not None and await self.find(owner) is None:
            await self.require_user(owner.user_id)
        async with self.database.transaction() as unit:
            return await full(unit, await open_cart(unit, owner, note))

    async def add_item(
        self, owner: Owner, product_id: UUID, quantity: int, *, cart_id: UUID | None
    ) -> FullCart:
        """Add pieces to the owner's cart, which is created if need be; ``cart_id`` must be it.

        Raises:
            FailedPreconditionError: Too many pieces (CART_QUANTITY_LIMIT) or products (CART_FULL).
            NotFoundError: PRODUCT_NOT_FOUND when it is not for sale, USER_NOT_FOUND, CART_NOT_FOUND.
        """
        cart = await self.find(owner)
        _require_this(cart, cart_id)
        checks = [self._require_product(product_id)]
        if cart is None and owner.user_id is not None:
            checks.append(self.require_user(owner.user_id))
        await asyncio.gather(*checks)
        async with self.database.transaction() as unit:
            cart = await open_for_items(unit, owner)
            _require_this(cart, cart_id)
            item = CartItem(new_id(), cart.id, product_id, quantity, "")
            if await queries.ADD_ITEM.first(unit, **_parameters(item)) is None:
                raise domain.too_many_pieces()
            filled = await full(unit, cart)
            domain.require_room(filled.items)
        return filled

    async def merge(self, user_id: UUID, session_id: str) -> FullCart:
        """Move the session's items into the user's cart, once; a sum above the limit becomes the limit.

        Raises:
            FailedPreconditionError: Together they are too many products (CART_FULL); nothing is moved.
            NotFoundError: There is no such active user (USER_NOT_FOUND).
        """
        owner = Owner(user_id, "")
        if await self.find(owner) is None:
            await self.require_user(user_id)
        async with self.database.transaction() as unit:
            source = await queries.CART_OF_SESSION_FOR_UPDATE.first(unit, session_id=session_id)
            if source is None:
                return await full(unit, await open_cart(unit, owner, ""))
            return await _moved(unit, source, owner)

    async def _require_product(self, product_id: UUID) -> None:
        if product_id not in await self.clients.valid_products([product_id]):
            raise NotFoundError(f"No product {product_id} is for sale.", code="PRODUCT_NOT_FOUND")


async def _moved(unit: UnitOfWork, source: Cart, owner: Owner) -> FullCart:
    items = await queries.ITEMS_OF.all(unit, cart_id=source.id)
    await queries.DELETE_CART.run(unit, id=source.id)
    target = await open_for_items(unit, owner, note=source.note)
    for item in items:
        item.cart_id = target.id
    await queries.MOVE_ITEM.run_many(unit, map(_parameters, items))
    filled = await full(unit, target)
    domain.require_room(filled.items)
    return filled


def _require_this(cart: Cart | None, cart_id: UUID | None) -> None:
    if cart_id is not None and (cart is None or cart.id != cart_id):
        raise no_cart(cart_id)


def _parameters(item: CartItem) -> dict[str, object]:
    return {name: getattr(item, name) for name in CartItem.__struct_fields__}
