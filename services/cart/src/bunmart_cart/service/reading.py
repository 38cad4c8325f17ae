"""Reading carts."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError

from bunmart_cart import domain, queries
from bunmart_cart.domain import Access, Owner
from bunmart_cart.service.base import FullCart, UseCases, found, full


class Reading(UseCases):
    """Carts as they are."""

    async def get(self, cart_id: UUID, access: Access) -> FullCart:
        """One cart, for whoever may see it (NOT_FOUND, PERMISSION_DENIED)."""
        cart = found(await queries.CART.first(self.database, id=cart_id), cart_id)
        domain.require_access(cart, access)
        return await full(self.database, cart)

    async def find_of(self, owner: Owner) -> FullCart | None:
        """The owner's open cart, if he has one."""
        cart = await self.find(owner)
        return None if cart is None else await full(self.database, cart)

    async def get_of(self, owner: Owner) -> FullCart:
        """The owner's open cart (NOT_FOUND when there is none)."""
        cart = await self.find_of(owner)
        if cart is None:
            raise NotFoundError("There is no open cart.", code="CART_NOT_FOUND")
        return cart
