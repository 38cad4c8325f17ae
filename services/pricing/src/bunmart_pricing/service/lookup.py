"""Prices, discounts and coupons by product and by code. These use cases only read."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.storage import Database, Executor

from bunmart_pricing import domain, queries
from bunmart_pricing.domain import CountedCoupon, Discount, Price, Terms

_NO_ORDER = UUID(int=0)


class Customer(NamedTuple):
    """The one whose uses of coupons count, and the order whose own uses do not; None where not known."""

    user_id: UUID | None = None
    order_id: UUID | None = None


class Lookup:
    """Read-only use cases of prices and of what reduces them.

    Args:
        database: The service's.
        terms: Of the shop.
    """

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database = database
        self._terms = terms

    async def find_prices(self, product_ids: Sequence[UUID]) -> list[Price]:
        """Return all prices of those products that are valid now, in all currencies."""
        return await queries.PRICES_OF.all(self._database, product_ids=product_ids)

    async def find_current_prices(self, product_ids: Sequence[UUID], currency: str = "") -> list[Price]:
        """Return the prices that hold now, by product in the order of the request, then by quantity.

        They are in the currency if it is given, else each in the shop's default one or the next that the
        product has. A product without a price is left out.

        Raises:
            InvalidArgumentError: The shop does not sell in that currency (``currency_code``).
        """
        wanted = [self._terms.require_currency(currency)] if currency else []
        accepted = wanted or [self._terms.default_currency, *self._terms.currencies]
        return domain.shown_prices(product_ids, await self.find_prices(product_ids), accepted)

    async def get_price_of(self, product_id: UUID, currency: str = "") -> Price:
        """Return the price of the smallest quantity of a product.

        Raises:
            InvalidArgumentError: The shop does not sell in that currency (``currency_code``).
            NotFoundError: It has none (PRICE_NOT_FOUND).
        """
        found = await self.find_current_prices([product_id], currency)
        if not found:
            raise domain.price_missing(product_id, currency)
        return found[0]

    async def find_discounts(self, product_ids: Sequence[UUID]) -> list[Discount]:
        """Return the discounts that apply now to those products, or to products of whatever category."""
        return await queries.DISCOUNTS_FOR.all(self._database, product_ids=product_ids)

    async def find_coupons(
        self, codes: Collection[str], customer: Customer, executor: Executor | None = None
    ) -> dict[str, CountedCoupon]:
        """Return those of the coupons that exist, by code, usable or not, with their uses.

        Args:
            codes: In upper case.
            customer: Who uses them.
            executor: The unit of work in which they are locked, if they are.
        """
        if not codes:
            return {}
        found = await queries.COUPONS_BY_CODE.all(
            executor or self._database,
            codes=list(codes),
            user_id=customer.user_id,
            order_id=customer.order_id or _NO_ORDER,
        )
        return {coupon.code: coupon for coupon in found}
