"""Prices, discounts and coupons by product and by code. These use cases only read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.storage import Database

from bunmart_pricing import domain, queries
from bunmart_pricing.domain import Coupon, Discount, Price


class Lookup:
    """Read-only use cases of prices and of what reduces them.

    Args:
        database: The service's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_prices(self, product_ids: Sequence[UUID]) -> list[Price]:
        """Return the unit prices of those products that have one."""
        return await queries.PRICES_OF.all(self._database, product_ids=product_ids)

    async def get_price_of(self, product_id: UUID) -> Price:
        """Return the unit price of a product.

        Raises:
            NotFoundError: It has none (PRICE_NOT_FOUND).
        """
        found = await self.find_prices([product_id])
        if not found:
            raise NotFoundError(f"No price for product {product_id}.", code="PRICE_NOT_FOUND")
        return found[0]

    async def find_discounts(self, product_ids: Sequence[UUID]) -> list[Discount]:
        """Return the discounts that apply now to those products, or to all."""
        return await queries.DISCOUNTS_FOR.all(self._database, product_ids=product_ids)

    async def find_coupons(self, codes: Sequence[str]) -> dict[str, Coupon]:
        """Return those of the coupons that exist, by code, usable or not."""
        if not codes:
            return {}
        found = await queries.COUPONS_BY_CODE.all(self._database, codes=list(codes))
        return {coupon.code: coupon for coupon in found}

    async def find_usable_coupon(self, code: str, subtotal: Decimal) -> Coupon | None:
        """Return the coupon if it can be used now for goods of that value, or None."""
        coupon = (await self.find_coupons([code])).get(code)
        return None if domain.why_unusable(coupon, subtotal, datetime.now(UTC)) else coupon
