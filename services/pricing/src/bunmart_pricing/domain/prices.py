"""The choice of a price: the currency of an order, and the price of a line in it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError

from bunmart_pricing.domain.entities import Price
from bunmart_pricing.domain.terms import Terms


def require_order_currency(
    items: Collection[tuple[UUID, int]], prices: Iterable[Price], wanted: str, terms: Terms
) -> str:
    """Return the currency in which an order is priced.

    It is the wanted one. Without a wish it is the shop's default, or the first of its currencies in which all
    products have a price for so many pieces.

    Raises:
        NotFoundError: A product has no price, or none in the wanted currency (PRICE_NOT_FOUND).
        FailedPreconditionError: The products have no currency in common (CURRENCIES_DIFFER).
    """
    pieces = dict(items)
    found: dict[UUID, set[str]] = {product_id: set() for product_id in pieces}
    for price in prices:
        if price.currency_code in terms.currencies and price.minimum_quantity <= pieces.get(
            price.product_id, 0
        ):
            found[price.product_id].add(price.currency_code)
    for product_id, currencies in found.items():
        if not currencies or (wanted and wanted not in currencies):
            raise price_missing(product_id, wanted)
    common = set.intersection(*found.values())
    for currency in (wanted, terms.default_currency, *terms.currencies):
        if currency in common:
            return currency
    raise FailedPreconditionError(
        f"The products are priced in {', '.join(sorted(set.union(*found.values())))}; order them apart.",
        code="CURRENCIES_DIFFER",
    )


def current_prices(prices: Iterable[Price], currency: str) -> list[Price]:
    """Return the prices that hold: one for each product and minimum quantity, in that order.

    Of several that are valid at the same time the one that begins last holds, so that a scheduled price
    replaces the lasting one.
    """
    held: dict[tuple[UUID, int], Price] = {}
    for price in sorted(prices, key=_rank):
        if price.currency_code == currency:
            held[price.product_id, price.minimum_quantity] = price
    return sorted(held.values(), key=lambda price: (price.product_id, price.minimum_quantity))


def shown_prices(
    product_ids: Iterable[UUID], prices: Sequence[Price], currencies: Iterable[str]
) -> list[Price]:
    """Return the prices of each product that hold, in the first of the currencies in which it has one."""
    held = [current_prices(prices, currency) for currency in dict.fromkeys(currencies)]
    shown = []
    for product_id in dict.fromkeys(product_ids):
        own = ([price for price in each if price.product_id == product_id] for each in held)
        shown += next((each for each in own if each), [])
    return shown


def price_for(quantity: int, prices: Sequence[Price]) -> Price | None:
    """Return the lowest of a product's prices that hold for so many pieces, or None.

    The lowest, so that more pieces never cost more apiece.
    """
    fitting = [price for price in prices if price.minimum_quantity <= quantity]
    return min(fitting, key=lambda price: (price.unit_price, price.minimum_quantity), default=None)


def price_missing(product_id: UUID, currency: str = "") -> NotFoundError:
    """Make the refusal of a product that has no price (PRICE_NOT_FOUND)."""
    where = f" in {currency}" if currency else ""
    return NotFoundError(
        f"No price for product {product_id}{where}.",
        code="PRICE_NOT_FOUND",
        metadata={"product_id": str(product_id), "product_ids": str(product_id)},
    )


def _rank(price: Price) -> tuple[bool, float, bool, float, UUID]:
    """Order by beginning; at the same beginning a price that ends earlier comes later."""
    begins, ends = price.valid_from, price.valid_until
    return (begins is not None, _seconds(begins), ends is not None, -_seconds(ends), price.id)


def _seconds(time: datetime | None) -> float:
    return 0.0 if time is None else time.timestamp()
