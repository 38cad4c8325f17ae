"""The rules of a checkout: what of a cart it orders, and which clicks are one order."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import BunmartError, FailedPreconditionError, NotFoundError
from bunmart_chassis.ids import new_id

from bunmart_cart.domain.attempts import CheckoutAttempt, OrderedLine, free_pieces
from bunmart_cart.domain.carts import Cart, CartItem

_UNSOLD = {"PRICE_NOT_FOUND", "PRODUCT_NOT_FOUND"}
"""Codes with which order refuses a product that exists no more or has no price."""


class Click(msgspec.Struct, frozen=True):
    """A customer's request to check out.

    Attributes:
        user_id: The customer.
        client_key: The client's idempotency key, if it sent one.
        product_ids: Products of the cart to order; all when None.
        cart_id: If given, it must be the user's cart.
    """

    user_id: UUID
    client_key: str | None
    product_ids: frozenset[UUID] | None
    cart_id: UUID | None

    @property
    def key(self) -> str | None:
        """Tells the checkouts of one client key apart by what was asked for; None without a client key."""
        if self.client_key is None:
            return None
        wanted = "" if self.product_ids is None else "\n".join(sorted(map(str, self.product_ids)))
        asked = f"{self.client_key}\n{self.cart_id}\n{self.product_ids is None}\n{wanted}"
        return hashlib.sha256(asked.encode()).hexdigest()


class NewCheckout(msgspec.Struct, frozen=True):
    """There is something to order that no attempt holds: it becomes an order of its own."""

    attempt: CheckoutAttempt


class SameCheckout(msgspec.Struct, frozen=True):
    """The click repeats an earlier one, and gets the order of that."""

    attempt: CheckoutAttempt


class Stock(msgspec.Struct, frozen=True):
    """A locked cart with its items and its attempts.

    Attributes:
        cart: The cart.
        items: Its items.
        attempts: Those that hold pieces, and those that have just been; the newest first.
        just_since: An attempt after this time has just been.
    """

    cart: Cart
    items: list[CartItem]
    attempts: list[CheckoutAttempt]
    just_since: datetime


def decide_checkout(stock: Stock, click: Click, seen: Collection[UUID]) -> NewCheckout | SameCheckout:
    """Decide which order a click becomes.

    - While the order of an attempt is not known yet, a click on any of its products repeats that attempt: two
      clicks at once are one order, and no piece is ordered twice when the answer of order was lost.
    - Otherwise the pieces that no attempt holds become an order. When there are none, the click repeats the
      attempt that holds them.
    - When the products have just left the cart with an order, the click repeats that one.

    Args:
        stock: The cart.
        click: The request.
        seen: The products that the cart had when the click came; what was added since is not ordered.

    Raises:
        FailedPreconditionError: The cart is empty (CART_EMPTY) or lacks a named product
            (PRODUCT_NOT_IN_CART).
    """
    items = [item for item in stock.items if click.product_ids or item.product_id in seen]
    missing = (click.product_ids or frozenset()).difference(item.product_id for item in items)
    if missing or not items:
        just = [each for each in stock.attempts if each.created_at >= stock.just_since]
        for attempt in just:
            if click.product_ids is None or click.product_ids <= attempt.product_ids:
                return SameCheckout(attempt)
    chosen = require_selection(items, click.product_ids)
    products = {item.product_id for item in chosen}
    holding = [each for each in stock.attempts if each.in_cart and each.product_ids & products]
    for attempt in holding:
        if attempt.order_id is None:
            return SameCheckout(attempt)
    free = free_pieces(stock.items, stock.attempts)
    if not any(free[product_id] for product_id in products):
        return SameCheckout(next(each for each in holding if each.holds_any_of(products)))
    return NewCheckout(_new_attempt(stock, click, chosen, free))


def _new_attempt(
    stock: Stock, click: Click, chosen: Iterable[CartItem], free: Counter[UUID]
) -> CheckoutAttempt:
    order_key = f"checkout:{new_id()}"
    held = [each for each in stock.attempts if each.in_cart]
    sent = {(line.product_id, line.note) for each in held for line in each.lines if line.held}
    lines = [
        OrderedLine(
            item.product_id,
            free[item.product_id],
            "" if (item.product_id, item.note) in sent else item.note,
        )
        for item in chosen
        if free[item.product_id]
    ]
    ordered = {line.product_id for line in lines}
    note_is_sent = any(each.is_whole and each.note == stock.cart.note for each in held)
    return CheckoutAttempt(
        user_id=click.user_id,
        key=click.key or order_key,
        cart_id=stock.cart.id,
        order_key=order_key,
        lines=lines,
        created_at=datetime.now(UTC),
        order_id=None,
        note="" if note_is_sent else stock.cart.note,
        is_whole=ordered == {product_id for product_id, pieces in free.items() if pieces},
        in_cart=True,
    )


def repeated_attempt(attempt: CheckoutAttempt, key: str) -> CheckoutAttempt:
    """Make the record of another client key for the same order; it holds nothing itself."""
    return msgspec.structs.replace(attempt, key=key, in_cart=False)


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


def require_for_sale(lines: Iterable[OrderedLine], valid: Collection[UUID]) -> None:
    """Check that all products of a checkout are for sale.

    Raises:
        FailedPreconditionError: Some are not any more (PRODUCT_NOT_FOR_SALE); ``metadata.product_ids`` names
            them.
    """
    gone = not_for_sale((line.product_id for line in lines), valid)
    if gone:
        raise _refused_products("Not for sale any more", gone, "PRODUCT_NOT_FOR_SALE")


def not_for_sale(product_ids: Iterable[UUID], valid: Collection[UUID]) -> list[UUID]:
    """List the products that are not among the valid ones."""
    return [product_id for product_id in product_ids if product_id not in valid]


def order_refusal(refusal: BunmartError, attempt: CheckoutAttempt) -> BunmartError:
    """Make the refusal that the customer reads when order refused his products.

    A product without a price, or one that is gone, stands in the way as the cart is now: that is a
    conflict, and ``metadata.product_ids`` names it.
    """
    if not isinstance(refusal, NotFoundError | FailedPreconditionError) or refusal.code not in _UNSOLD:
        return refusal
    named = refusal.metadata.get("product_ids") or refusal.metadata.get("product_id")
    if not named and len(attempt.lines) == 1:
        named = str(attempt.lines[0].product_id)
    return FailedPreconditionError(
        refusal.message,
        code=refusal.code if refusal.code == "PRICE_NOT_FOUND" else "PRODUCT_NOT_FOR_SALE",
        metadata=refusal.metadata | ({"product_ids": named} if named else {}),
    )


def _refused_products(what: str, product_ids: Iterable[UUID], code: str) -> FailedPreconditionError:
    named = ", ".join(sorted(map(str, product_ids)))
    return FailedPreconditionError(f"{what}: {named}.", code=code, metadata={"product_ids": named})
