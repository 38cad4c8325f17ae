"""Changing what is in a cart."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError

from bunmart_cart import domain, queries
from bunmart_cart.domain import Access
from bunmart_cart.service.base import FullCart, UseCases, change_items, found, full


class Editing(UseCases):
    """Use cases of the cart page. All raise NOT_FOUND, and PERMISSION_DENIED for somebody else's cart."""

    async def set_note(self, cart_id: UUID, note: str, access: Access) -> FullCart:
        """Replace the cart's note."""
        async with self.database.transaction() as unit:
            cart = found(await queries.SET_NOTE.first(unit, cart_id=cart_id, note=note), cart_id)
            domain.require_access(cart, access)
            return await full(unit, cart)

    async def change_item(
        self, cart_id: UUID, item_id: UUID, *, quantity: int | None, note: str | None, access: Access
    ) -> FullCart:
        """Set an item's pieces and note; None leaves them."""
        async with self.database.transaction() as unit:
            cart = await change_items(unit, cart_id, access)
            changed = await queries.SET_ITEM.run(
                unit, item_id=item_id, of_cart=cart_id, quantity=quantity, note=note
            )
            if not changed:
                raise _no_item(item_id)
            return await full(unit, cart)

    async def remove_item(self, cart_id: UUID, item_id: UUID, access: Access) -> FullCart:
        """Take an item out."""
        async with self.database.transaction() as unit:
            cart = await change_items(unit, cart_id, access)
            if not await queries.DELETE_ITEM.run(unit, item_id=item_id, of_cart=cart_id):
                raise _no_item(item_id)
            return await full(unit, cart)

    async def delete(self, cart_id: UUID, access: Access) -> None:
        """Remove a cart with its items."""
        async with self.database.transaction() as unit:
            cart = found(await queries.CART_FOR_UPDATE.first(unit, id=cart_id), cart_id)
            domain.require_access(cart, access)
            await queries.DELETE_CART.run(unit, id=cart_id)


def _no_item(item_id: UUID) -> NotFoundError:
    return NotFoundError(f"No item {item_id} in this cart.", code="CART_ITEM_NOT_FOUND")
