"""Read-only use cases of carts."""

from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import require_found

from bunmart_cart import domain, queries
from bunmart_cart.domain import Access, CartItem, Owner
from bunmart_cart.service.base import FullCart, UseCases, read_full_cart


class CheckedCart(NamedTuple):
    """A cart and the obstacles to ordering it, one sentence each."""

    full: FullCart
    obstacles: list[str]


class Lookup(UseCases):
    """Reads of committed carts. They run outside of any unit of work."""

    async def get(self, cart_id: UUID, access: Access) -> FullCart:
        """Read one cart.

        Raises:
            NotFoundError: There is no such cart (CART_NOT_FOUND).
            PermissionDeniedError: It is somebody else's (PERMISSION_DENIED).
            UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
        """
        cart = require_found(await queries.CART.first(self.database, id=cart_id), "cart", cart_id)
        domain.require_access(cart, access)
        return await read_full_cart(self.database, cart)

    async def find_of(self, owner: Owner) -> FullCart | None:
        """Find the owner's open cart with its items."""
        cart = await self.find(owner)
        return None if cart is None else await read_full_cart(self.database, cart)

    async def get_of(self, owner: Owner) -> FullCart:
        """Read the owner's open cart.

        Raises:
            NotFoundError: There is none (CART_NOT_FOUND).
        """
        return require_found(await self.find_of(owner), "cart", "of this owner is open")

    async def check_for_checkout(self, owner: Owner) -> CheckedCart:
        """Check if the owner's cart could be ordered now.

        Raises:
            NotFoundError: There is none (CART_NOT_FOUND).
        """
        cart = await self.get_of(owner)
        if not cart.items:
            return CheckedCart(cart, [domain.cart_empty().message])
        valid = await self.clients.valid_products(item.product_id for item in cart.items)
        gone = domain.not_for_sale((item.product_id for item in cart.items), valid)
        return CheckedCart(cart, [f"Product {product_id} is not for sale any more." for product_id in gone])

    async def list_items_at(self, cart_id: UUID, version: int) -> list[CartItem]:
        """List the items of a cart if it is still at that version, else none."""
        cart = await queries.CART.first(self.database, id=cart_id)
        if cart is None or cart.version != version:
            return []
        return await queries.ITEMS_OF.all(self.database, cart_id=cart_id)
