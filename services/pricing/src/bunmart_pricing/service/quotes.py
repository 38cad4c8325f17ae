"""Quotes: what a product or an order costs now. These use cases only read."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError, Violation

from bunmart_pricing import domain
from bunmart_pricing.clients import Clients
from bunmart_pricing.domain import Coupon, Line, Totals
from bunmart_pricing.service.lookup import Lookup


class ProductQuote(NamedTuple):
    """The price of one product in some quantity, with the coupon if it could be used."""

    line: Line
    coupon: Coupon | None
    discount: Decimal
    total: Decimal
    currency_code: str


class Quotes:
    """Prices of one product and of whole orders, with discounts and coupons. Nothing is reserved or used up.

    Args:
        lookup: Reads prices, discounts and coupons.
        clients: The peers.
    """

    def __init__(self, lookup: Lookup, clients: Clients) -> None:
        self._lookup = lookup
        self._clients = clients

    async def price_product(self, product_id: UUID, quantity: int, coupon_code: str) -> ProductQuote:
        """Price one product; a coupon that cannot be used is left out.

        Raises:
            NotFoundError: The product is unknown or inactive (PRODUCT_NOT_FOUND), or has no price
                (PRICE_NOT_FOUND).
        """
        valid, price, discounts = await asyncio.gather(
            self._clients.valid_products([product_id]),
            self._lookup.get_price_of(product_id),
            self._lookup.find_discounts([product_id]),
        )
        _require_known([product_id], valid)
        line = domain.price_line(product_id, quantity, price, discounts)
        coupon = await self._lookup.find_usable_coupon(coupon_code, line.total) if coupon_code else None
        totals = domain.price_order(
            [(product_id, quantity)], {product_id: price}, discounts, [coupon] if coupon else []
        )
        return ProductQuote(line, coupon, totals.discount_total, totals.total, price.currency_code)

    async def price_order(self, items: Sequence[tuple[UUID, int]], coupon_codes: Sequence[str]) -> Totals:
        """Price an order with all its coupons.

        Raises:
            NotFoundError: A product is unknown or inactive (PRODUCT_NOT_FOUND), or has no price
                (PRICE_NOT_FOUND).
            FailedPreconditionError: A coupon cannot be used (COUPON_NOT_USABLE), or the prices are in
                different currencies (CURRENCIES_DIFFER).
        """
        product_ids = list(dict.fromkeys(product_id for product_id, _ in items))
        valid, prices, discounts, coupons = await asyncio.gather(
            self._clients.valid_products(product_ids),
            self._lookup.find_prices(product_ids),
            self._lookup.find_discounts(product_ids),
            self._lookup.find_coupons(coupon_codes),
        )
        _require_known(product_ids, valid)
        by_product = {price.product_id: price for price in prices}
        goods = domain.price_order(items, by_product, discounts, [])
        if not coupon_codes:
            return goods
        used = _require_usable(coupon_codes, coupons, goods.subtotal)
        return domain.price_order(items, by_product, discounts, used)


def _require_known(product_ids: Sequence[UUID], valid: set[UUID]) -> None:
    unknown = [product_id for product_id in product_ids if product_id not in valid]
    if unknown:
        raise NotFoundError(
            f"No active product {unknown[0]}.",
            code="PRODUCT_NOT_FOUND",
            metadata={"product_id": str(unknown[0])},
        )


def _require_usable(codes: Sequence[str], coupons: dict[str, Coupon], subtotal: Decimal) -> list[Coupon]:
    now = datetime.now(UTC)
    violations = [
        Violation(f"coupon_codes[{index}]", f"{code} {reason}")
        for index, code in enumerate(codes)
        if (reason := domain.why_unusable(coupons.get(code), subtotal, now))
    ]
    if violations:
        raise FailedPreconditionError(
            "; ".join(f"Coupon {item.message}" for item in violations) + ".",
            code="COUPON_NOT_USABLE",
            violations=violations,
        )
    return [coupons[code] for code in dict.fromkeys(codes)]
