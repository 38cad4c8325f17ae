"""What the use cases of a cart share: finding it, locking it, binding it to its owner."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Database, Executor, Query

from bunmart_cart import domain, queries
from bunmart_cart.clients import Clients
from bunmart_cart.domain import Access, Cart, CartItem, Owner
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
        """The owner's open cart, if he has one."""
        if owner.user_id is not None:
            return await queries.CART_OF_USER.first(self.database, user_id=owner.user_id)
        return await queries.CART_OF_SESSION.first(self.database, session_id=owner.session_id)

    async def require_user(self, user_id: UUID) -> None:
        """Refuse a user who does not exist or is not active (NOT_FOUND, USER_NOT_FOUND)."""
        if not await self.clients.is_active_user(user_id):
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")


async def full(executor: Executor, cart: Cart) -> FullCart:
    """Read the items of a cart."""
    return FullCart(cart, await queries.ITEMS_OF.all(executor, cart_id=cart.id))


async def open_cart(executor: Executor, owner: Owner, note: str) -> Cart:
    """Create the owner's cart, or lock the one that he has; a note that is not empty replaces the old one."""
    query = queries.OPEN_OF_SESSION if owner.user_id is None else queries.OPEN_OF_USER
    return await _opened(executor, query, owner, note)


async def open_for_items(executor: Executor, owner: Owner, *, note: str = "") -> Cart:
    """Create the owner's cart, or lock the one that he has and count its version up; its own note stays."""
    query = queries.OPEN_FOR_ITEMS_OF_USER if owner.user_id else queries.OPEN_FOR_ITEMS_OF_SESSION
    return await _opened(executor, query, owner, note)


async def _opened(executor: Executor, query: Query[Cart], owner: Owner, note: str) -> Cart:
    cart = await query.first(
        executor,
        id=new_id(),
        user_id=owner.user_id,
        session_id=owner.session_id if owner.user_id is None else None,
        note=note,
        version=1,
        created_at=(now := datetime.now(UTC)),
        updated_at=now,
    )
    if cart is None:
        raise RuntimeError("an upsert returns its row")
    return cart


async def change_items(executor: Executor, cart_id: UUID, access: Access) -> Cart:
    """Lock a cart for a change of its items by whoever may (NOT_FOUND, PERMISSION_DENIED)."""
    cart = found(await queries.ITEMS_CHANGED.first(executor, cart_id=cart_id), cart_id)
    domain.require_access(cart, access)
    return cart


def found(cart: Cart | None, cart_id: UUID) -> Cart:
    """The cart, or NOT_FOUND."""
    if cart is None:
        raise no_cart(cart_id)
    return cart


def no_cart(cart_id: UUID) -> NotFoundError:
    """The refusal for a cart that does not exist, or is not the one that was meant."""
    return NotFoundError(f"No open cart {cart_id}.", code="CART_NOT_FOUND")
