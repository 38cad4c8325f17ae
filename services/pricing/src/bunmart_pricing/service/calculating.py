"""What things cost now. These use cases only read."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, NotFoundError, Violation
from bunmart_chassis.storage import Database

from bunmart_pricing import domain, queries
from bunmart_pricing.clients import Clients
from bunmart_pricing.domain import Coupon, Discount, Line, Price, Totals


class ProductQuote(NamedTuple):
    """The price of one product in some quantity, with the coupon if it could be used."""

    line: Line
    coupon: Coupon | None
    discount: Decimal
    total: Decimal
    currency_code: str


class Calculating:
    """Prices, discounts, quotes."""

    def __init__(self, database: Database, clients: Clients) -> None:
        self._database = database
        self._clients = clients

    async def prices(self, product_ids: Sequence[UUID]) -> list[Price]:
        """Unit prices of those products that have one."""
        return await queries.PRICES_OF.all(self._database, product_ids=product_ids)

    async def price_of(self, product_id: UUID) -> Price:
        """The unit price of a product (NOT_FOUND)."""
        found = await self.prices([product_id])
        if not found:
            raise NotFoundError(f"No price for product {product_id}.", code="PRICE_NOT_FOUND")
        return found[0]

    async def discounts(self, product_ids: Sequence[UUID]) -> list[Discount]:
        """Discounts that apply now to those products, or to all."""
        return await queries.DISCOUNTS_FOR.all(self._database, product_ids=product_ids)

    async def usable_coupon(self, code: str, subtotal: Decimal) -> Coupon | None:
        """The coupon, if it can be used now for goods of that value."""
        found = await queries.COUPONS_BY_CODE.all(self._database, codes=[code])
        coupon = found[0] if found else None
        return None if domain.why_unusable(coupon, subtotal, datetime.now(UTC)) else coupon

    async def quote(self, product_id: UUID, quantity: int, coupon_code: str) -> ProductQuote:
        """Price one product; a coupon that cannot be used is left out.

        Raises:
            NotFoundError: The product is unknown, inactive or has no price.
        """
        valid, price, discounts = await asyncio.gather(
            self._clients.valid_products([product_id]),
            self.price_of(product_id),
            self.discounts([product_id]),
        )
        _require_known([product_id], valid)
        line = domain.price_line(product_id, quantity, price, discounts)
        coupon = await self.usable_coupon(coupon_code, line.total) if coupon_code else None
        totals = domain.price_order(
            [(product_id, quantity)], {product_id: price}, discounts, [coupon] if coupon else []
        )
        return ProductQuote(line, coupon, totals.discount_total, totals.total, price.currency_code)

    async def price_order(self, items: Sequence[tuple[UUID, int]], coupon_codes: Sequence[str]) -> Totals:
        """Price an order with all its coupons.

        Raises:
            NotFoundError: A product is unknown, inactive (PRODUCT_NOT_FOUND) or has no price.
            FailedPreconditionError: A coupon cannot be used (COUPON_NOT_USABLE), or currencies differ.
        """
        product_ids = list(dict.fromkeys(product_id for product_id, _ in items))
        valid, prices, discounts, coupons = await asyncio.gather(
            self._clients.valid_products(product_ids),
            self.prices(product_ids),
            self.discounts(product_ids),
            self._coupons(coupon_codes),
        )
        _require_known(product_ids, valid)
        by_product = {price.product_id: price for price in prices}
        goods = domain.price_order(items, by_product, discounts, [])
        if not coupon_codes:
            return goods
        used = _require_usable(coupon_codes, coupons, goods.subtotal)
        return domain.price_order(items, by_product, discounts, used)

    async def _coupons(self, codes: Sequence[str]) -> dict[str, Coupon]:
        if not codes:
            return {}
        found = await queries.COUPONS_BY_CODE.all(self._database, codes=list(codes))
        return {coupon.code: coupon for coupon in found}


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
