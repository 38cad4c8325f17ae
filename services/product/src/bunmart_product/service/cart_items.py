"""Cart items: the frontend adds a product to a cart here, and the cart service carries it out.

Nothing is written in this service's own database, so the use case takes no unit of work. A repeat with the
same idempotency key is sent to the cart service again, under a key of the cart's owner (``clients.py``); the
cart service answers it from its own store.
"""

import secrets
from typing import NamedTuple
from uuid import UUID

from bunmart.cart.v1 import cart_pb2
from bunmart_chassis.errors import PermissionDeniedError, UnauthenticatedError
from bunmart_chassis.identity import Principal

from bunmart_product.service.base import UseCases

_SESSION_BYTES = 24


class UpdatedCart(NamedTuple):
    """A cart after an addition, and the session that owns it (empty for a user's cart)."""

    cart: cart_pb2.CartInfo
    session_id: str


class CartItems(UseCases):
    """Add items to a cart."""

    async def add_to_cart(
        self,
        product_id: UUID,
        quantity: int,
        *,
        visitor: Principal | None,
        user_id: UUID | None,
        session_id: str | None,
        cart_id: UUID | None,
    ) -> UpdatedCart:
        """Add pieces to the cart of the user who is signed in, else of the session.

        The cart service checks, once, that the product is for sale; its refusal is handed on.

        Args:
            product_id: The product to add.
            quantity: Pieces.
            visitor: The user who is signed in, if any.
            user_id: Only compared with the visitor.
            session_id: Owner of an anonymous cart; made when absent.
            cart_id: The cart that the caller expects, if it says so.

        Raises:
            NotFoundError: The product is not for sale (PRODUCT_NOT_FOUND), or the owner has another cart
                (CART_NOT_FOUND).
            PermissionDeniedError: ``user_id`` is another user (PERMISSION_DENIED).
            UnauthenticatedError: ``user_id`` without being signed in (UNAUTHENTICATED).
        """
        if visitor is None and user_id is not None:
            raise UnauthenticatedError("Sign in to use a user's cart, or leave user_id out.")
        if visitor is not None and user_id not in (None, visitor.user_id):
            raise PermissionDeniedError("user_id is somebody else.")
        owner = None if visitor is None else visitor.user_id
        session = "" if owner is not None else session_id or secrets.token_urlsafe(_SESSION_BYTES)
        response = await self.clients.add_cart_item(
            product_id, quantity, user_id=owner, session_id=session, cart_id=cart_id
        )
        return UpdatedCart(response.cart, session)
