"""The rules of an open cart: its owner, its limits and its items."""

import hmac
import re
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from bunmart_chassis.ids import new_id
from bunmart_chassis.validation import MAX_QUANTITY

MAX_LINES = 100
"""Products in a cart; an order takes no more."""
MAX_NOTE = 500
"""Characters of a note."""
SESSION_ID = r"^[A-Za-z0-9_.-]{16,128}$(?!\n)"
_SESSION_ID = re.compile(SESSION_ID)


class Cart(msgspec.Struct):
    """An open cart; ``version`` grows with every change of its items."""

    id: UUID
    user_id: UUID | None
    session_id: str | None
    note: str
    version: int
    created_at: datetime
    updated_at: datetime


class CartItem(msgspec.Struct):
    """One product of a cart."""

    id: UUID
    cart_id: UUID
    product_id: UUID
    quantity: int
    note: str


class CartOrder(msgspec.Struct):
    """An order that has been taken out of a cart."""

    cart_id: UUID
    order_id: UUID


class AbandonedCart(msgspec.Struct):
    """A cart whose customer is reminded."""

    id: UUID
    user_id: UUID
    version: int


class Owner(msgspec.Struct, frozen=True):
    """The owner of a cart: a user or, without one, a session."""

    user_id: UUID | None
    session_id: str


class Access(msgspec.Struct, frozen=True):
    """The rights of a caller over REST: the user who is signed in, and the session id that it sends."""

    user_id: UUID | None
    is_admin: bool
    session_id: str


def new_cart(owner: Owner, note: str) -> Cart:
    """Make an empty cart at its first version. A session's cart has no user, and a user's no session."""
    now = datetime.now(UTC)
    session_id = owner.session_id if owner.user_id is None else None
    return Cart(new_id(), owner.user_id, session_id, note, 1, now, now)


def new_item(cart: Cart, product_id: UUID, quantity: int, note: str = "") -> CartItem:
    """Make an item."""
    return CartItem(new_id(), cart.id, product_id, quantity, note)


def join_notes(own: str, other: str) -> str:
    """Put two notes together, each once; what goes beyond ``MAX_NOTE`` is cut from the other one."""
    return "; ".join(dict.fromkeys(note for note in (own, other) if note))[:MAX_NOTE]


def require_session_id(field: str, value: str) -> str:
    """Read a session id: 16 to 128 letters, digits, ``_``, ``.``, ``-``.

    Raises:
        InvalidArgumentError: It is something else (``field``).
    """
    if not _SESSION_ID.fullmatch(value):
        raise InvalidArgumentError.field(
            field, "must have 16 to 128 characters, only letters, digits, '_', '.' and '-'"
        )
    return value


def require_access(cart: Cart, access: Access) -> None:
    """Check that the cart belongs to the caller, or that the caller is an admin.

    Raises:
        PermissionDeniedError: It is somebody else's, or the session is another (PERMISSION_DENIED).
        UnauthenticatedError: It is a user's, and nobody is signed in (UNAUTHENTICATED).
    """
    if access.is_admin:
        return
    if cart.session_id is not None:
        if not hmac.compare_digest(cart.session_id.encode(), access.session_id.encode()):
            raise PermissionDeniedError("Send the session_id that this cart belongs to.")
    elif access.user_id is None:
        raise UnauthenticatedError("Sign in first: this cart belongs to a user.")
    elif cart.user_id != access.user_id:
        raise PermissionDeniedError("This cart belongs to somebody else.")


def require_line_limit(items: Collection[CartItem]) -> None:
    """Check the number of products in a cart.

    Raises:
        FailedPreconditionError: There are more than ``MAX_LINES`` (CART_FULL).
    """
    if len(items) > MAX_LINES:
        raise FailedPreconditionError(f"A cart holds at most {MAX_LINES} products.", code="CART_FULL")


def too_many_pieces() -> FailedPreconditionError:
    """Make the refusal of a sum beyond ``MAX_QUANTITY`` (CART_QUANTITY_LIMIT)."""
    return FailedPreconditionError(
        f"A cart holds at most {MAX_QUANTITY} pieces of a product.",
        code="CART_QUANTITY_LIMIT",
        metadata={"maximum": str(MAX_QUANTITY)},
    )
