"""REST of the cart service: carts of users and of sessions, and checkout."""

import secrets
from typing import Annotated
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError, PermissionDeniedError
from bunmart_chassis.identity import Principal
from bunmart_chassis.rest import VISITORS_ANSWERS_NOT_STORED, UnitOfWork
from bunmart_chassis.validation import optional_text
from litestar import Controller, delete, get, post, put
from litestar.di import Provide
from litestar.params import HeaderParameter, QueryParameter

from bunmart_cart.domain import MAX_NOTE, Access, Owner, require_session_id
from bunmart_cart.schemas import (
    CartNote,
    CartView,
    CheckoutRequest,
    CheckoutView,
    ItemChange,
    MergeRequest,
    NewCart,
    OpenedCart,
    cart_view,
    checkout_view,
    no_cart_view,
)
from bunmart_cart.service import Carts

_SESSION_BYTES = 24


def provide_access(
    visitor: Principal | None,
    session_header: Annotated[
        str | None, HeaderParameter(name="X-Session-Id", description="The session of an anonymous cart")
    ] = None,
    session_id: Annotated[
        str | None,
        QueryParameter(name="session_id", description="The same, without a header"),
    ] = None,
) -> Access:
    """Litestar dependency ``access``: the user who is signed in, and the session of header or query."""
    return Access(
        user_id=None if visitor is None else visitor.user_id,
        is_admin=visitor is not None and visitor.is_admin,
        session_id=session_header or session_id or "",
    )


def _note(note: str) -> str:
    return optional_text("note", note, most=MAX_NOTE)


class CartController(Controller):
    """Carts of customers and, before login, of sessions. Admins may see and change all of them.

    Products come in through `POST /api/products/{id}/add-to-cart`.
    """

    path = "/api/carts"
    tags = ("carts",)
    # An answer holds the session that owns the cart: another visitor with the same key must not get it.
    opt = VISITORS_ANSWERS_NOT_STORED
    dependencies = {"access": Provide(provide_access, sync_to_thread=False)}  # noqa: RUF012 - Litestar's way

    @post("/", operation_id="OpenCart")
    async def open_cart(
        self, visitor: Principal | None, carts: Carts, unit: UnitOfWork, data: NewCart | None = None
    ) -> OpenedCart:
        """Open the own cart or, without signing in, that of a session; one that is open already is returned.

        Keep the `session_id` of the answer and send it from then on as `X-Session-Id`.
        """
        wanted = data or NewCart()
        if visitor is not None:
            owner = Owner(visitor.user_id, "")
        else:
            owner = Owner(None, wanted.session_id or secrets.token_urlsafe(_SESSION_BYTES))
        full = await carts.open(unit, owner, _note(wanted.note))
        return OpenedCart(session_id=owner.session_id, cart=cart_view(full))

    @get("/user/{user_id:uuid}", operation_id="GetCartOfUser")
    async def get_of_user(self, user_id: UUID, principal: Principal, carts: Carts) -> CartView:
        """Read a customer's open cart; without items and with a null `cart_id` when there is none."""
        principal.require_self(user_id)
        full = await carts.find_of(Owner(user_id, ""))
        return no_cart_view(user_id) if full is None else cart_view(full)

    @get("/session", operation_id="GetCartOfSession")
    async def get_of_session(self, access: Access, carts: Carts) -> CartView:
        """Read a session's open cart; without items and with a null `cart_id` when there is none."""
        session_id = require_session_id("session_id", access.session_id)
        full = await carts.find_of(Owner(None, session_id))
        return no_cart_view(None) if full is None else cart_view(full)

    @get("/{cart_id:uuid}", operation_id="GetCart")
    async def get_one(self, cart_id: UUID, access: Access, carts: Carts) -> CartView:
        """Read a cart."""
        return cart_view(await carts.get(cart_id, access))

    @put("/{cart_id:uuid}", operation_id="SetCartNote")
    async def set_note(
        self, cart_id: UUID, data: CartNote, access: Access, carts: Carts, unit: UnitOfWork
    ) -> CartView:
        """Replace the note of a cart."""
        return cart_view(await carts.set_note(unit, cart_id, _note(data.note), access))

    @delete("/{cart_id:uuid}", operation_id="DeleteCart")
    async def remove(self, cart_id: UUID, access: Access, carts: Carts, unit: UnitOfWork) -> None:
        """Remove a cart with its items."""
        await carts.delete(unit, cart_id, access)

    @put("/{cart_id:uuid}/items/{item_id:uuid}", operation_id="ChangeCartItem")
    async def change_item(
        self,
        cart_id: UUID,
        item_id: UUID,
        data: ItemChange,
        access: Access,
        carts: Carts,
        unit: UnitOfWork,
    ) -> CartView:
        """Set an item's pieces or note; what is left out stays."""
        if data.quantity is None and data.note is None:
            raise InvalidArgumentError.field("body", "must have quantity or note")
        full = await carts.change_item(
            unit,
            cart_id,
            item_id,
            quantity=data.quantity,
            note=None if data.note is None else _note(data.note),
            access=access,
        )
        return cart_view(full)

    @delete("/{cart_id:uuid}/items/{item_id:uuid}", status_code=200, operation_id="RemoveCartItem")
    async def remove_item(
        self, cart_id: UUID, item_id: UUID, access: Access, carts: Carts, unit: UnitOfWork
    ) -> CartView:
        """Take an item out; the answer is the rest."""
        return cart_view(await carts.remove_item(unit, cart_id, item_id, access))

    @post("/merge", status_code=200, operation_id="MergeCarts")
    async def merge(
        self, data: MergeRequest, principal: Principal, carts: Carts, unit: UnitOfWork
    ) -> CartView:
        """After login: move the items of the session's cart into the own one. Safe to repeat."""
        return cart_view(await carts.merge(unit, principal.user_id, data.session_id))

    @post("/checkout", operation_id="Checkout")
    async def checkout(
        self, principal: Principal, carts: Carts, unit: UnitOfWork, data: CheckoutRequest | None = None
    ) -> CheckoutView:
        """Order the own cart, or some of its products; go on to the order page with `order_id`.

        A second click does not order twice: it is answered with the same order, also for a few seconds after
        the cart has been emptied. What is added meanwhile stays in the cart.
        """
        wanted = data or CheckoutRequest()
        if wanted.user_id not in (None, principal.user_id):
            raise PermissionDeniedError("user_id is somebody else.")
        ordered = await carts.checkout(
            unit, principal.user_id, product_ids=wanted.product_ids, cart_id=wanted.cart_id
        )
        return checkout_view(ordered)
