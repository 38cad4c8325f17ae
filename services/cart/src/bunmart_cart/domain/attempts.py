"""The attempts of a cart: what was sent to order, and what of it is still in the cart.

An attempt is recorded before order is asked. Until the order has taken them, its pieces stay in the cart
and the attempt holds them: no other attempt may order them.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from bunmart_cart.domain.carts import Cart, CartItem


class OrderedLine(msgspec.Struct, frozen=True):
    """One product of a checkout.

    Attributes:
        product_id: The product.
        quantity: Pieces that order was asked for.
        note: The customer's note to them.
        removed: Those of the pieces that the customer has removed from the cart since.
    """

    product_id: UUID
    quantity: int
    note: str = ""
    removed: int = 0

    @property
    def held(self) -> int:
        """The pieces that are still in the cart."""
        return self.quantity - self.removed


class CheckoutAttempt(msgspec.Struct):
    """A checkout as it was first asked for.

    Attributes:
        user_id: The customer.
        key: Stands for the client's idempotency key and its request; without one it is ``order_key``.
        cart_id: The cart that the products come from.
        order_key: The idempotency key under which order is called. Several clicks that became one order have
            a row each, under keys of their own, with one ``order_key``.
        lines: The products and pieces.
        created_at: The time of the first request.
        order_id: The order that it became; None until that is known.
        note: The cart's note, as it was sent.
        is_whole: True when everything was ordered that was in the cart.
        in_cart: True while it holds pieces of the cart.
    """

    user_id: UUID
    key: str
    cart_id: UUID
    order_key: str
    lines: list[OrderedLine]
    created_at: datetime
    order_id: UUID | None
    note: str
    is_whole: bool
    in_cart: bool

    @property
    def product_ids(self) -> set[UUID]:
        """The products that were ordered."""
        return {line.product_id for line in self.lines}

    def holds_any_of(self, product_ids: Collection[UUID]) -> bool:
        """Return True when it holds pieces of one of the products."""
        return self.in_cart and any(line.held and line.product_id in product_ids for line in self.lines)


def free_pieces(items: Iterable[CartItem], attempts: Iterable[CheckoutAttempt]) -> Counter[UUID]:
    """Count the pieces of each product that no attempt holds."""
    held = held_pieces(attempts)
    return Counter({item.product_id: max(item.quantity - held[item.product_id], 0) for item in items})


def held_pieces(attempts: Iterable[CheckoutAttempt]) -> Counter[UUID]:
    """Count the pieces of each product that attempts hold."""
    held: Counter[UUID] = Counter()
    for attempt in attempts:
        if attempt.in_cart:
            held.update({line.product_id: line.held for line in attempt.lines})
    return held


def release_removed(
    attempts: Iterable[CheckoutAttempt], product_id: UUID, quantity: int
) -> list[CheckoutAttempt]:
    """Let go of pieces that the customer removed although they are ordered: they have left the cart.

    Without that, the order would later take pieces that were added afterwards.

    Args:
        attempts: All that hold pieces of the cart.
        product_id: The product whose pieces were set.
        quantity: The pieces that are left.

    Returns:
        The attempts that changed. Those whose order is known come first: the others may still be refused, and
        then what they held can be ordered again.
    """
    held = sorted((each for each in attempts if each.in_cart), key=lambda each: each.order_id is None)
    excess = held_pieces(held)[product_id] - quantity
    changed = []
    for attempt in held:
        lines = []
        for line in attempt.lines:
            lost = min(line.held, max(excess, 0)) if line.product_id == product_id else 0
            excess -= lost
            lines.append(msgspec.structs.replace(line, removed=line.removed + lost))
        if lines != attempt.lines:
            attempt.lines = lines
            changed.append(attempt)
    return changed


def find_attempt(
    attempts: Iterable[CheckoutAttempt], order_id: UUID, product_ids: Collection[UUID]
) -> CheckoutAttempt | None:
    """Find the attempt that became an order.

    The order may take its products before checkout has stored the order's id. Then it is the attempt without
    an order that has the same products; there is at most one, see ``decide_checkout``.
    """
    known = sorted(attempts, key=lambda each: not each.in_cart)
    for attempt in known:
        if attempt.order_id == order_id:
            return attempt
    wanted = set(product_ids)
    for attempt in known:
        if attempt.in_cart and attempt.order_id is None and attempt.product_ids == wanted:
            return attempt
    return None


def take_out(items: Iterable[CartItem], attempt: CheckoutAttempt) -> list[CartItem]:
    """Return the items that change when the order of an attempt takes its pieces; 0 pieces: the item goes.

    A note that was sent with the pieces goes with them, unless the customer has changed it.
    """
    lines = {line.product_id: line for line in attempt.lines if line.held}
    changed = []
    for item in items:
        line = lines.get(item.product_id)
        if line is not None:
            item.quantity = max(item.quantity - line.held, 0)
            item.note = "" if item.note == line.note else item.note
            changed.append(item)
    return changed


def take_out_all(
    items: Iterable[CartItem], attempts: Iterable[CheckoutAttempt], product_ids: Collection[UUID]
) -> list[CartItem]:
    """Return the items that change when an order takes products that no attempt has recorded.

    The quantities of such an order are not known: it takes all pieces of its products but those that an
    attempt holds, because another order takes these.
    """
    held = held_pieces(attempts)
    changed = [item for item in items if item.product_id in product_ids]
    for item in changed:
        item.quantity = min(item.quantity, held[item.product_id])
    return changed


def leaves_note(cart: Cart, attempt: CheckoutAttempt, left: Iterable[CartItem]) -> bool:
    """Return True when the cart's note goes with the order: all was ordered, the note is as it was sent."""
    is_emptied = not any(item.quantity for item in left)
    return bool(cart.note) and cart.note == attempt.note and (attempt.is_whole or is_emptied)
