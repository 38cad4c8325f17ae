"""The order intent: which products and how many pieces become an order, and the first state of its rows."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_order.domain.records import Order, OrderEvent, OrderLine, Pieces
from bunmart_order.domain.states import OrderStatus

MAX_NOTE = 500
"""Characters of a note."""
DEFAULT_CURRENCY = "EUR"
"""The currency of an order that has no prices yet."""
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of base 32 that nobody takes for one another (https://www.crockford.com/base32.html)."""


class Item(NamedTuple):
    """Pieces of a product that somebody orders, with his note to them."""

    product_id: UUID
    quantity: int
    note: str = ""


class Offer(NamedTuple):
    """A price that a product has now, from so many pieces on."""

    product_id: UUID
    currency_code: str
    minimum_quantity: int


def merge_items(items: Iterable[Item]) -> dict[UUID, Item]:
    """Add up quantities and join the notes of the same product, in the order of first mention."""
    merged: dict[UUID, Item] = {}
    for item in items:
        known = merged.get(item.product_id, Item(item.product_id, 0))
        notes = dict.fromkeys(note for note in (known.note, item.note) if note)
        merged[item.product_id] = Item(item.product_id, known.quantity + item.quantity, "; ".join(notes))
    return merged


def require_lines(items: Mapping[UUID, Item]) -> None:
    """Check the pieces of each product, and the length of the notes to it.

    Raises:
        InvalidArgumentError: One has more than a line may have, so the order could never be priced, or a
            part of the notes would be lost (``items``).
    """
    for item in items.values():
        if len(item.note) > MAX_NOTE:
            raise InvalidArgumentError.field(
                "items", f"must have notes of at most {MAX_NOTE} characters to product {item.product_id}"
            )
        if item.quantity > MAX_QUANTITY:
            raise InvalidArgumentError.field(
                "items", f"must have at most {MAX_QUANTITY} pieces of product {item.product_id}"
            )


def require_for_sale(wanted: Iterable[UUID], priced: Collection[UUID]) -> None:
    """Check that each product has a price.

    Raises:
        FailedPreconditionError: Some are unknown or have no price (PRODUCT_NOT_FOR_SALE);
            ``metadata.product_ids`` names them.
    """
    missing = [str(product_id) for product_id in wanted if product_id not in priced]
    if missing:
        raise not_for_sale(", ".join(missing))


def are_offered(lines: Iterable[OrderLine], offers: Collection[Offer]) -> bool:
    """Return True when all lines have a price for so many pieces, in one currency.

    Otherwise pricing has to say whether the order can be priced: a product may have other currencies too.
    """
    fitting = [{offer.currency_code for offer in offers if _is_for(offer, line)} for line in lines]
    return bool(set.intersection(*fitting))


def _is_for(offer: Offer, line: OrderLine) -> bool:
    return offer.product_id == line.product_id and offer.minimum_quantity <= line.quantity


def not_for_sale(product_ids: str) -> FailedPreconditionError:
    """Make the refusal of products that nobody can buy."""
    return FailedPreconditionError(
        f"Not for sale: {product_ids}.", code="PRODUCT_NOT_FOR_SALE", metadata={"product_ids": product_ids}
    )


def still_wanted(lines: Iterable[OrderLine], bought: Iterable[Pieces]) -> list[OrderLine]:
    """Return the lines of an unpaid order without the pieces that its customer has bought since."""
    since = {each.product_id: each.quantity for each in bought}
    left = [
        msgspec.structs.replace(line, quantity=line.quantity - since.get(line.product_id, 0))
        for line in lines
    ]
    return [line for line in left if line.quantity > 0]


def new_number() -> str:
    """Make an order number that people can read to each other, such as ``BM-7K2Q-9D4M``."""
    digits = "".join(secrets.choice(CROCKFORD) for _ in range(8))
    return f"BM-{digits[:4]}-{digits[4:]}"


def display_number(order: Order) -> str:
    """Return the number of an order; one of a release without numbers has the end of its id."""
    return order.number or str(order.id)[-12:]


def new_order(user_id: UUID, cart_id: UUID | None, note: str = "") -> Order:
    """Make an order intent: pending, without prices, address or payment."""
    now = datetime.now(UTC)
    return Order(
        id=new_id(),
        user_id=user_id,
        cart_id=cart_id,
        number=new_number(),
        note=note,
        status=OrderStatus.PENDING,
        lines_version=0,
        currency_code=DEFAULT_CURRENCY,
        subtotal=None,
        discount_total=None,
        shipping_total=None,
        total=None,
        tax_total=None,
        shipping_tax_rate=None,
        shipping_tax_total=None,
        discounts=[],
        quoted_at=None,
        coupon_codes=[],
        shipping_address_id=None,
        billing_address_id=None,
        shipping_address=None,
        billing_address=None,
        payment_id=None,
        payment_status=None,
        failed_payments=0,
        refunded_total=Decimal(0),
        refunding_total=Decimal(0),
        production_order_id=None,
        shipment_id=None,
        attention="",
        created_at=now,
        updated_at=now,
    )


def new_lines(order: Order, items: Mapping[UUID, Item]) -> list[OrderLine]:
    """Make the lines of an order intent, in the order of the products and without prices."""
    return [
        OrderLine(
            order_id=order.id,
            product_id=item.product_id,
            position=position,
            quantity=item.quantity,
            note=item.note,
            unit_price=None,
            line_total=None,
            discount_total=None,
            tax_rate=None,
            tax_total=None,
            name=None,
            unit=None,
            allergens=[],
        )
        for position, item in enumerate(items.values())
    ]


def new_event(
    order: Order, before: OrderStatus | None, after: OrderStatus, *, actor: str, reason: str
) -> OrderEvent:
    """Make an entry of the history; ``before`` is None for an order that did not exist before."""
    return OrderEvent(new_id(), order.id, before, after, actor, reason, datetime.now(UTC))
