"""Adding a product to a cart: the frontend asks here, the cart service does it (brief, "Adding to cart")."""

import secrets
from typing import NamedTuple
from uuid import UUID

from bunmart.cart.v1 import cart_pb2
from bunmart_chassis.errors import PermissionDeniedError, UnauthenticatedError
from bunmart_chassis.identity import Principal

from bunmart_product.service.base import UseCases

_SESSION_BYTES = 24


class Added(NamedTuple):
    """The cart after the addition, and the session that owns it (empty for a user's cart)."""

    cart: cart_pb2.CartInfo
    session_id: str


class Adding(UseCases):
    """Use case behind the button."""

    async def add_to_cart(
        self,
        product_id: UUID,
        quantity: int,
        *,
        visitor: Principal | None,
        user_id: UUID | None,
        session_id: str | None,
        cart_id: UUID | None,
    ) -> Added:
        """Add pieces to the cart of whoever is signed in, else of the session, which is made when absent.

        Whether the product is for sale is asked by the cart service, once; its refusal comes through.

        Raises:
            NotFoundError: The product is not for sale (PRODUCT_NOT_FOUND), or the cart is another's.
            PermissionDeniedError: ``user_id`` is somebody else.
            UnauthenticatedError: ``user_id`` without being signed in.
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
        return Added(response.cart, session)
