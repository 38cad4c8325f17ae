"""The rules of a return: the products of an order that ended unpaid are put back into the cart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_cart.domain.carts import MAX_LINES, MAX_NOTE, Cart, CartItem, new_item


class ReturnedItem(msgspec.Struct, frozen=True):
    """One product that an order gives back."""

    product_id: UUID
    quantity: int
    note: str


class RestoredOrder(msgspec.Struct):
    """An order whose products have been put back; a repeat must not do it again."""

    order_id: UUID
    user_id: UUID
    restored_at: datetime


class PutBack(NamedTuple):
    """The items of a cart after a return.

    Attributes:
        changed: Items that were there before.
        added: New ones.
        left_out: Products for which the cart has no line left.
    """

    changed: list[CartItem]
    added: list[CartItem]
    left_out: list[UUID]


def new_restored_order(order_id: UUID, user_id: UUID) -> RestoredOrder:
    """Make the record of an order that is put back now."""
    return RestoredOrder(order_id, user_id, datetime.now(UTC))


def merge_returned(items: Iterable[ReturnedItem]) -> list[ReturnedItem]:
    """Add up the pieces of a product that comes twice; its first note that is not empty stays."""
    merged: dict[UUID, ReturnedItem] = {}
    for item in items:
        known = merged.get(item.product_id, ReturnedItem(item.product_id, 0, ""))
        merged[item.product_id] = ReturnedItem(
            item.product_id, known.quantity + item.quantity, known.note or item.note
        )
    return list(merged.values())


def put_back(
    cart: Cart, items: Sequence[CartItem], returned: Iterable[ReturnedItem], held: Mapping[UUID, int]
) -> PutBack:
    """Put products back: of the pieces returned and those put there again, the larger number counts.

    Args:
        cart: The cart.
        items: Its items; those with 0 pieces have just left it.
        returned: The products, each once.
        held: Pieces that attempts hold. Other orders are about to take them, so they are not compared.
    """
    present = {item.product_id: item for item in items}
    lines = sum(1 for item in items if item.quantity)
    result = PutBack([], [], [])
    for each in returned:
        item = present.get(each.product_id)
        if item is None or not item.quantity:
            if lines >= MAX_LINES:
                result.left_out.append(each.product_id)
                continue
            lines += 1
        note = each.note[:MAX_NOTE]
        if item is None:
            pieces = min(each.quantity, MAX_QUANTITY)
            result.added.append(new_item(cart, each.product_id, pieces, note))
            continue
        taken = held.get(each.product_id, 0)
        free = max(item.quantity - taken, 0)
        item.quantity = min(taken + max(free, each.quantity), MAX_QUANTITY)
        item.note = item.note or note
        result.changed.append(item)
    return result
