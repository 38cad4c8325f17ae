"""The rules of a cart, without I/O: whose it is, what fits in, what of it can be ordered."""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from bunmart_chassis.validation import MAX_QUANTITY

MAX_LINES = 100
"""Products in a cart; an order takes no more."""
MAX_NOTE = 500
SESSION_ID = "^[A-Za-z0-9_.-]{16,128}$"
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


class OrderedLine(msgspec.Struct, frozen=True):
    """One product of a checkout."""

    product_id: UUID
    quantity: int


class CheckoutAttempt(msgspec.Struct):
    """A checkout as it was first asked for under a client's key; ``order_key`` is what order gets."""

    user_id: UUID
    key: str
    cart_id: UUID
    order_key: str
    lines: list[OrderedLine]
    created_at: datetime


class Owner(msgspec.Struct, frozen=True):
    """Whose cart is meant: a user's or, without one, a session's."""

    user_id: UUID | None
    session_id: str


class Access(msgspec.Struct, frozen=True):
    """Who asks over REST: who is signed in, and which session he knows."""

    user_id: UUID | None
    is_admin: bool
    session_id: str


def require_session_id(field: str, value: str) -> str:
    """Read a session id: 16 to 128 letters, digits, ``_``, ``.``, ``-``."""
    if not _SESSION_ID.fullmatch(value):
        raise InvalidArgumentError.field(
            field, "must have 16 to 128 characters, only letters, digits, '_', '.' and '-'"
        )
    return value


def require_access(cart: Cart, access: Access) -> None:
    """Refuse unless the cart is the asker's, or an admin asks.

    Raises:
        PermissionDeniedError: It is somebody else's, or the session is another.
        UnauthenticatedError: It is a user's, and nobody is signed in.
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


def require_room(items: Collection[CartItem]) -> None:
    """Refuse a product too many (FAILED_PRECONDITION)."""
    if len(items) > MAX_LINES:
        raise FailedPreconditionError(f"A cart holds at most {MAX_LINES} products.", code="CART_FULL")


def too_many_pieces() -> FailedPreconditionError:
    """The refusal of a sum beyond ``MAX_QUANTITY``."""
    return FailedPreconditionError(
        f"A cart holds at most {MAX_QUANTITY} pieces of a product.",
        code="CART_QUANTITY_LIMIT",
        metadata={"maximum": str(MAX_QUANTITY)},
    )


def cart_empty() -> FailedPreconditionError:
    """The refusal to order nothing."""
    return FailedPreconditionError("The cart is empty.", code="CART_EMPTY")


def choose(items: Sequence[CartItem], product_ids: Collection[UUID] | None) -> list[CartItem]:
    """The items to order, all or those of the named products.

    Raises:
        FailedPreconditionError: There are none (CART_EMPTY), or a named product is not in the cart
            (PRODUCT_NOT_IN_CART); ``metadata.product_ids`` names it.
    """
    if not items:
        raise cart_empty()
    if product_ids is None:
        return list(items)
    wanted = set(product_ids)
    missing = wanted.difference(item.product_id for item in items)
    if missing:
        raise _refused_products("Not in the cart", missing, "PRODUCT_NOT_IN_CART")
    return [item for item in items if item.product_id in wanted]


def require_for_sale(items: Iterable[CartItem], valid: Collection[UUID]) -> None:
    """Refuse what is not for sale any more (PRODUCT_NOT_FOR_SALE); ``metadata.product_ids`` names it."""
    gone = not_for_sale(items, valid)
    if gone:
        raise _refused_products("Not for sale any more", gone, "PRODUCT_NOT_FOR_SALE")


def not_for_sale(items: Iterable[CartItem], valid: Collection[UUID]) -> list[UUID]:
    """The products of the items that are not among the valid ones."""
    return [item.product_id for item in items if item.product_id not in valid]


def checkout_key(cart: Cart, items: Iterable[CartItem]) -> str:
    """The idempotency key under which this selection of this state of the cart becomes one order."""
    chosen = "\n".join(sorted(str(item.product_id) for item in items))
    return f"checkout:{cart.id}:{cart.version}:{hashlib.sha256(chosen.encode()).hexdigest()}"


def attempt_key(client_key: str, product_ids: Collection[UUID] | None, cart_id: UUID | None) -> str:
    """Tell the checkouts of one client key apart by what was asked for."""
    wanted = "" if product_ids is None else "\n".join(sorted(map(str, product_ids)))
    asked = f"{client_key}\n{cart_id}\n{product_ids is None}\n{wanted}"
    return hashlib.sha256(asked.encode()).hexdigest()


def _refused_products(what: str, product_ids: Iterable[UUID], code: str) -> FailedPreconditionError:
    named = ", ".join(sorted(map(str, product_ids)))
    return FailedPreconditionError(f"{what}: {named}.", code=code, metadata={"product_ids": named})
