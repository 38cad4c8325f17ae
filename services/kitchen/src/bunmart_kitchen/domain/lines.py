"""The rules of a production order's lines: the goods as they were sold, each product once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AlreadyExistsError

MAX_LINES = 100
MAX_NAME = 200
"""Characters of a product's name."""
MAX_UNIT = 40
"""Characters of the unit that a product is sold by."""
MAX_LINE_NOTE = 2000
"""Characters of the customer's note to one item."""
MAX_ALLERGENS = 30
MAX_ALLERGEN = 60
"""Characters of an allergen's name."""


class Goods(NamedTuple):
    """One product to make: its pieces, and the facts that the baker must know.

    Attributes:
        product_id: The product.
        quantity: Pieces, at least 1.
        name: As sold; empty when it is not known.
        note: The customer's note, such as the words on a cake.
        allergens: As sold.
        unit: What one piece is, as sold, such as "piece" or "box of six"; empty when it is not known.
    """

    product_id: UUID
    quantity: int
    name: str = ""
    note: str = ""
    allergens: tuple[str, ...] = ()
    unit: str = ""


class ProductionLine(msgspec.Struct):
    """A product of a production order and the number of its pieces, as it was sold."""

    production_order_id: UUID
    product_id: UUID
    position: int
    quantity: int
    name: str
    note: str
    allergens: list[str]
    unit: str


def merge_lines(lines: Iterable[Goods]) -> list[Goods]:
    """Put lines of the same product together, in the order of first mention; no note or allergen is lost."""
    merged: dict[UUID, Goods] = {}
    for line in lines:
        known = merged.get(line.product_id)
        merged[line.product_id] = line if known is None else _together(known, line)
    return list(merged.values())


def _together(one: Goods, other: Goods) -> Goods:
    notes = dict.fromkeys(note for note in (one.note, other.note) if note)
    return Goods(
        one.product_id,
        one.quantity + other.quantity,
        one.name or other.name,
        "\n".join(notes),
        tuple(dict.fromkeys((*one.allergens, *other.allergens))),
        one.unit or other.unit,
    )


def new_lines(order_id: UUID, merged: Iterable[Goods]) -> list[ProductionLine]:
    """Make the lines of a production order, in the order of the goods."""
    return [
        ProductionLine(
            order_id,
            goods.product_id,
            position,
            goods.quantity,
            goods.name,
            goods.note,
            list(goods.allergens),
            goods.unit,
        )
        for position, goods in enumerate(merged)
    ]


def all_allergens(lines: Iterable[ProductionLine]) -> list[str]:
    """List the allergens of all lines, each once, by name."""
    return sorted({allergen for line in lines for allergen in line.allergens})


def require_same_lines(order_id: UUID, lines: Sequence[ProductionLine], merged: Iterable[Goods]) -> None:
    """Refuse to create a production order again with other products or quantities than it has.

    Raises:
        AlreadyExistsError: The lines differ (PRODUCTION_ORDER_EXISTS).
    """
    wanted = {goods.product_id: goods.quantity for goods in merged}
    if {line.product_id: line.quantity for line in lines} != wanted:
        raise AlreadyExistsError(
            "This order has a production order with other lines.",
            code="PRODUCTION_ORDER_EXISTS",
            metadata={"production_order_id": str(order_id)},
        )
