"""REST requests and responses of the cart service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.rest import FreeText, Schema
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_cart.domain import MAX_LINES, MAX_NOTE, SESSION_ID, CartItem
from bunmart_cart.service import FullCart, OrderedCart

Note = Annotated[FreeText, msgspec.Meta(max_length=MAX_NOTE)]
SessionId = Annotated[
    str,
    msgspec.Meta(
        pattern=SESSION_ID,
        description="Unguessable id of a visitor who is not signed in; whoever sends it owns the cart",
    ),
]


class NewCart(Schema):
    """A cart to open.

    Attributes:
        session_id: Owner of an anonymous cart; made and returned when absent. Ignored when signed in.
        note: A text of the customer.
    """

    session_id: SessionId | None = None
    note: Note = ""


class CartNote(Schema):
    """A text of the customer for the cart."""

    note: Note


class ItemChange(Schema):
    """Changes of an item; what is left out stays."""

    quantity: Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY, description="Pieces")] | None = None
    note: Note | None = None


class MergeRequest(Schema):
    """The session whose items move into the own cart."""

    session_id: SessionId


class CheckoutRequest(Schema):
    """The products to order.

    Attributes:
        product_ids: Products of the cart to order; all when absent.
        cart_id: Refuse unless this is the own cart.
        user_id: Only checked against the access token.
    """

    product_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MAX_LINES)] | None = None
    cart_id: UUID | None = None
    user_id: UUID | None = None


class CartItemView(msgspec.Struct, kw_only=True):
    """One line of a cart."""

    cart_item_id: UUID
    product_id: UUID
    quantity: int
    note: str


class CartView(msgspec.Struct, kw_only=True):
    """A cart; `cart_id` is null while the owner has none. Prices come with the order."""

    cart_id: UUID | None
    user_id: UUID | None
    note: str
    items: list[CartItemView]
    updated_at: datetime | None


class OpenedCart(msgspec.Struct, kw_only=True):
    """A cart and the session that owns it; `session_id` is empty when signed in."""

    session_id: str
    cart: CartView


class CheckoutView(msgspec.Struct, kw_only=True):
    """The order that the checkout became; the customer goes on to the order page of `order_id`."""

    order_id: UUID
    cart_id: UUID


def cart_view(full: FullCart) -> CartView:
    """Present a cart."""
    return CartView(
        cart_id=full.cart.id,
        user_id=full.cart.user_id,
        note=full.cart.note,
        items=[_item_view(item) for item in full.items],
        updated_at=full.cart.updated_at,
    )


def _item_view(item: CartItem) -> CartItemView:
    return CartItemView(
        cart_item_id=item.id, product_id=item.product_id, quantity=item.quantity, note=item.note
    )


def no_cart_view(user_id: UUID | None) -> CartView:
    """Present the cart of a caller that has none."""
    return CartView(cart_id=None, user_id=user_id, note="", items=[], updated_at=None)


def checkout_view(ordered: OrderedCart) -> CheckoutView:
    """Present the order that a checkout became."""
    return CheckoutView(order_id=ordered.order_id, cart_id=ordered.cart_id)
