"""What is to be priced: each product once."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.validation import MAX_QUANTITY


def merge_items(field: str, items: Iterable[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """Add up the pieces of a product that comes more than once, as an order does.

    Otherwise a price for so many pieces would depend on how they are written.

    Args:
        field: The field of the request.
        items: Products and quantities.

    Raises:
        InvalidArgumentError: A product has more pieces than a line may have.
    """
    pieces: Counter[UUID] = Counter()
    for product_id, quantity in items:
        pieces[product_id] += quantity
        if pieces[product_id] > MAX_QUANTITY:
            raise InvalidArgumentError.field(
                field, f"must have at most {MAX_QUANTITY} pieces of product {product_id}"
            )
    return list(pieces.items())
