"""Use cases of a cart as a whole: it is opened, gets a note, is merged at login, is deleted."""

from uuid import UUID

import msgspec
from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.domain import Access, Cart, Owner
from bunmart_cart.service.base import FullCart, UseCases, open_cart, open_cart_for_items, read_full_cart


class OpenCarts(UseCases):
    """Open carts: one for each user, and one for each session before login."""

    async def open(self, unit: UnitOfWork, owner: Owner, note: str) -> FullCart:
        """Open the owner's cart, or return the one that is open.

        Args:
            unit: The unit of work of the call.
            owner: The user or session.
            note: Replaces the cart's note unless it is empty.

        Raises:
            NotFoundError: The user does not exist or is not active (USER_NOT_FOUND).
        """
        if owner.user_id is not None and await self.find(owner) is None:
            await self.require_user(owner.user_id)
        return await read_full_cart(unit, await open_cart(unit, owner, note))

    async def set_note(self, unit: UnitOfWork, cart_id: UUID, note: str, access: Access) -> FullCart:
        """Replace the cart's note.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND).
            PermissionDeniedError: It is somebody else's (PERMISSION_DENIED).
            UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
        """
        cart = require_found(await queries.SET_NOTE.first(unit, cart_id=cart_id, note=note), "cart", cart_id)
        domain.require_access(cart, access)
        return await read_full_cart(unit, cart)

    async def merge(self, unit: UnitOfWork, user_id: UUID, session_id: str) -> FullCart:
        """Move the session's items into the user's cart, once; a sum above the limit becomes the limit.

        No note is lost: where both have one, the user's comes first.

        Raises:
            FailedPreconditionError: Together they are too many products (CART_FULL); nothing is moved.
            NotFoundError: There is no such active user (USER_NOT_FOUND).
        """
        owner = Owner(user_id, "")
        if await self.find(owner) is None:
            await self.require_user(user_id)
        source = await queries.CART_OF_SESSION_FOR_UPDATE.first(unit, session_id=session_id)
        if source is None:
            return await read_full_cart(unit, await open_cart(unit, owner, ""))
        return await _move_items(unit, source, owner)

    async def delete(self, unit: UnitOfWork, cart_id: UUID, access: Access) -> None:
        """Delete a cart with its items.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND).
            PermissionDeniedError: It is somebody else's (PERMISSION_DENIED).
            UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
        """
        cart = require_found(await queries.CART_FOR_UPDATE.first(unit, id=cart_id), "cart", cart_id)
        domain.require_access(cart, access)
        await queries.DELETE_CART.run(unit, id=cart_id)


async def _move_items(unit: UnitOfWork, source: Cart, owner: Owner) -> FullCart:
    items = await queries.ITEMS_OF.all(unit, cart_id=source.id)
    await queries.DELETE_CART.run(unit, id=source.id)
    target = await open_cart_for_items(unit, owner)
    notes = {item.product_id: item.note for item in await queries.ITEMS_OF.all(unit, cart_id=target.id)}
    for item in items:
        item.cart_id = target.id
        item.note = domain.join_notes(notes.get(item.product_id, ""), item.note)
    await queries.MOVE_ITEM.run_many(unit, map(msgspec.structs.asdict, items))
    note = domain.join_notes(target.note, source.note)
    if note != target.note:
        target = await queries.SET_NOTE.one(unit, cart_id=target.id, note=note)
    full = await read_full_cart(unit, target)
    domain.require_line_limit(full.items)
    return full
