"""The rules of a cart, without I/O: its owner, its limits, and what of it can be ordered."""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Sequence
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
    """A checkout as it was first asked for.

    Attributes:
        user_id: The customer.
        key: Stands for the client's idempotency key and its request; empty without one, then it is not kept.
        cart_id: The cart that the products come from.
        order_key: The idempotency key under which order is called.
        lines: The products and pieces.
        created_at: The time of that request.
        order_id: The order that it became; None until order has answered.
    """

    user_id: UUID
    key: str
    cart_id: UUID
    order_key: str
    lines: list[OrderedLine]
    created_at: datetime
    order_id: UUID | None = None


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


def new_item(cart: Cart, product_id: UUID, quantity: int) -> CartItem:
    """Make an item without a note."""
    return CartItem(new_id(), cart.id, product_id, quantity, "")


def new_attempt(user_id: UUID, key: str, cart: Cart, items: Iterable[CartItem]) -> CheckoutAttempt:
    """Make a checkout of these items that has not become an order yet."""
    chosen = list(items)
    return CheckoutAttempt(
        user_id=user_id,
        key=key,
        cart_id=cart.id,
        order_key=checkout_key(cart, chosen),
        lines=[OrderedLine(item.product_id, item.quantity) for item in chosen],
        created_at=datetime.now(UTC),
    )


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


def cart_empty() -> FailedPreconditionError:
    """Make the refusal to order nothing (CART_EMPTY)."""
    return FailedPreconditionError("The cart is empty.", code="CART_EMPTY")


def require_selection(items: Sequence[CartItem], product_ids: Collection[UUID] | None) -> list[CartItem]:
    """Return the items to order, all or those of the named products.

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
    """Check that all products of a checkout are for sale.

    Raises:
        FailedPreconditionError: Some are not any more (PRODUCT_NOT_FOR_SALE); ``metadata.product_ids`` names
            them.
    """
    gone = not_for_sale(items, valid)
    if gone:
        raise _refused_products("Not for sale any more", gone, "PRODUCT_NOT_FOR_SALE")


def not_for_sale(items: Iterable[CartItem], valid: Collection[UUID]) -> list[UUID]:
    """List the products of the items that are not among the valid ones."""
    return [item.product_id for item in items if item.product_id not in valid]


def checkout_key(cart: Cart, items: Iterable[CartItem]) -> str:
    """Make the idempotency key under which this selection of this state of the cart becomes one order."""
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
