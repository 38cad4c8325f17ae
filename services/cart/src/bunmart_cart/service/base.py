"""The base of the use cases of a cart: finding it, locking it, binding it to its owner."""

from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import NotFoundError, require_found
from bunmart_chassis.storage import Database, Executor, Query, UnitOfWork

from bunmart_cart import domain, queries
from bunmart_cart.clients import Clients
from bunmart_cart.domain import Access, Cart, CartItem, CheckoutAttempt, Owner
from bunmart_cart.settings import Settings


class FullCart(NamedTuple):
    """A cart with its items."""

    cart: Cart
    items: list[CartItem]


class UseCases:
    """Base of the use cases: database, peers and settings."""

    def __init__(self, database: Database, clients: Clients, settings: Settings) -> None:
        self.database = database
        self.clients = clients
        self.settings = settings

    async def find(self, owner: Owner) -> Cart | None:
        """Find the owner's open cart, without its items."""
        if owner.user_id is not None:
            return await queries.CART_OF_USER.first(self.database, user_id=owner.user_id)
        return await queries.CART_OF_SESSION.first(self.database, session_id=owner.session_id)

    async def require_user(self, user_id: UUID) -> None:
        """Ask the user service if the user may have a cart.

        Raises:
            NotFoundError: The user does not exist or is not active (USER_NOT_FOUND).
        """
        if not await self.clients.is_active_user(user_id):
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")


async def read_full_cart(executor: Executor, cart: Cart) -> FullCart:
    """Read the items of a cart."""
    return FullCart(cart, await queries.ITEMS_OF.all(executor, cart_id=cart.id))


async def open_cart(unit: UnitOfWork, owner: Owner, note: str) -> Cart:
    """Create the owner's cart, or lock the one that is open; an empty note leaves the old one."""
    query = queries.OPEN_OF_SESSION if owner.user_id is None else queries.OPEN_OF_USER
    return await _upsert(unit, query, owner, note)


async def open_cart_for_items(unit: UnitOfWork, owner: Owner, *, note: str = "") -> Cart:
    """Create the owner's cart, or lock the one that is open and count its version up; its own note stays."""
    query = queries.OPEN_FOR_ITEMS_OF_USER if owner.user_id else queries.OPEN_FOR_ITEMS_OF_SESSION
    return await _upsert(unit, query, owner, note)


async def _upsert(unit: UnitOfWork, query: Query[Cart], owner: Owner, note: str) -> Cart:
    return await query.one(unit, **msgspec.structs.asdict(domain.new_cart(owner, note)))


async def lock_cart_for_items(unit: UnitOfWork, cart_id: UUID, access: Access) -> Cart:
    """Lock a cart for a change of its items and count its version up.

    Raises:
        NotFoundError: There is no such cart (CART_NOT_FOUND).
        PermissionDeniedError: It is somebody else's (PERMISSION_DENIED).
        UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
    """
    cart = require_found(await queries.ITEMS_CHANGED.first(unit, cart_id=cart_id), "cart", cart_id)
    domain.require_access(cart, access)
    return cart


async def rewrite_checkout(unit: UnitOfWork, attempt: CheckoutAttempt) -> None:
    """Write what an attempt still holds; the cart must be locked."""
    await queries.REWRITE_CHECKOUT.run(
        unit, of_user=attempt.user_id, of_key=attempt.key, lines=attempt.lines, in_cart=attempt.in_cart
    )


def require_same_cart(cart: Cart | None, cart_id: UUID | None) -> None:
    """Check that the owner's cart is the one that was named, if one was.

    Raises:
        NotFoundError: It is another one, or there is none (CART_NOT_FOUND).
    """
    if cart_id is not None:
        require_found(cart if cart is not None and cart.id == cart_id else None, "cart", cart_id)
