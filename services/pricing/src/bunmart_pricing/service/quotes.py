"""Quotes: what a product or an order costs now. These use cases only read."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, Violation
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_pricing import domain
from bunmart_pricing.clients import Clients
from bunmart_pricing.domain import CountedCoupon, CouponType, Discount, Goods, Price, Refusal, Terms, Totals
from bunmart_pricing.service.lookup import Customer, Lookup


class OrderToPrice(msgspec.Struct, frozen=True):
    """An order as its price is asked for.

    Attributes:
        items: Products and quantities, each product once (``merged_items``).
        coupon_codes: In upper case; one that is given twice counts once.
        customer: Limits of coupons are his; without one they are those for everybody.
        currency_code: Empty for the shop's default, or the first in which all products have a price.
    """

    items: Sequence[tuple[UUID, int]]
    coupon_codes: Sequence[str] = ()
    customer: Customer = Customer()
    currency_code: str = ""

    @property
    def product_ids(self) -> list[UUID]:
        """Each product once."""
        return [product_id for product_id, _ in self.items]


def merged_items(field: str, items: Iterable[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """Add up the pieces of each product, as an order does: two lines of it cost what one does.

    Raises:
        InvalidArgumentError: A product has more pieces than a line may have.
    """
    pieces: dict[UUID, int] = {}
    for product_id, quantity in items:
        pieces[product_id] = pieces.get(product_id, 0) + quantity
    if any(quantity > MAX_QUANTITY for quantity in pieces.values()):
        raise InvalidArgumentError.field(field, f"must have at most {MAX_QUANTITY} pieces of a product")
    return list(pieces.items())


class Facts(NamedTuple):
    """The goods of an order, and what decides about their price."""

    goods: dict[UUID, Goods]
    prices: list[Price]
    discounts: list[Discount]


class Quote(NamedTuple):
    """The price of an order, with the coupons that took part and those that could not."""

    totals: Totals
    coupons: list[CountedCoupon]
    refusals: list[Refusal]


class ProductDiscount(NamedTuple):
    """A discount that applies, for one product if it is not for all."""

    discount: Discount
    product_id: UUID | None


class Quotes:
    """Prices of one product and of whole orders, with discounts and coupons. Nothing is reserved or used up.

    Args:
        lookup: Reads prices, discounts and coupons.
        clients: The peers.
        terms: Of the shop.
    """

    def __init__(self, lookup: Lookup, clients: Clients, terms: Terms) -> None:
        self._lookup = lookup
        self._clients = clients
        self._terms = terms

    async def quote(self, order: OrderToPrice) -> Quote:
        """Price an order; coupons that cannot be used are left out and named.

        Raises:
            InvalidArgumentError: The shop does not sell in that currency (``currency_code``).
            NotFoundError: A product is unknown or inactive (PRODUCT_NOT_FOUND), or has no price
                (PRICE_NOT_FOUND).
            FailedPreconditionError: The prices are in different currencies (CURRENCIES_DIFFER).
        """
        facts, coupons = await asyncio.gather(
            self.load(order), self._lookup.find_coupons(set(order.coupon_codes), order.customer)
        )
        return self.evaluate(order, facts, coupons)

    async def price_order(self, order: OrderToPrice) -> Totals:
        """Price an order with all its coupons.

        Raises:
            InvalidArgumentError: The shop does not sell in that currency (``currency_code``).
            NotFoundError: A product is unknown or inactive (PRODUCT_NOT_FOUND), or has no price
                (PRICE_NOT_FOUND).
            FailedPreconditionError: A coupon cannot be used (COUPON_NOT_USABLE), the prices are in different
                currencies (CURRENCIES_DIFFER), or so much cannot be charged (TOTAL_NOT_CHARGEABLE).
        """
        quote = await self.quote(order)
        require_all_usable(order, quote.refusals)
        domain.require_chargeable(quote.totals)
        return quote.totals

    async def find_discounts(
        self, product_ids: Sequence[UUID], coupon_code: str, customer: Customer
    ) -> tuple[list[ProductDiscount], list[CountedCoupon]]:
        """Return the discounts of products, and the coupon if it reduces one piece of each of them."""
        discounts = await self._lookup.find_discounts(product_ids)
        by_category = any(discount.category_id for discount in discounts)
        goods = await self._clients.find_goods(product_ids) if by_category or coupon_code else {}
        coupons = await self._coupon_for(product_ids, goods, discounts, coupon_code, customer)
        found = [
            ProductDiscount(discount, product_id)
            for discount in discounts
            if domain.is_in_currency(discount, self._terms.default_currency, self._terms)
            for product_id in _products_of(discount, goods)
        ]
        return found, coupons

    async def load(self, order: OrderToPrice) -> Facts:
        """Read what decides about the price of an order, its coupons excepted.

        Raises:
            InvalidArgumentError: The shop does not sell in that currency (``currency_code``).
            NotFoundError: A product is unknown or inactive (PRODUCT_NOT_FOUND).
        """
        if order.currency_code:
            self._terms.require_currency(order.currency_code)
        product_ids = order.product_ids
        goods, prices, discounts = await asyncio.gather(
            self._clients.find_goods(product_ids),
            self._lookup.find_prices(product_ids),
            self._lookup.find_discounts(product_ids),
        )
        _require_known(product_ids, goods)
        return Facts(goods, prices, discounts)

    def evaluate(self, order: OrderToPrice, facts: Facts, coupons: Mapping[str, CountedCoupon]) -> Quote:
        """Price an order by what was read.

        Raises:
            NotFoundError: A product has no price (PRICE_NOT_FOUND).
            FailedPreconditionError: The prices are in different currencies (CURRENCIES_DIFFER).
        """
        terms = self._terms
        currency = domain.require_order_currency(order.items, facts.prices, order.currency_code, terms)
        basket = domain.fill_basket(order.items, facts.goods, facts.prices, facts.discounts, terms, currency)
        usable, refusals = domain.sort_out(order.coupon_codes, coupons, basket.cart, terms, datetime.now(UTC))
        return Quote(domain.total_up(basket, usable, terms), usable, refusals)

    async def _coupon_for(
        self,
        product_ids: Sequence[UUID],
        goods: dict[UUID, Goods],
        discounts: list[Discount],
        code: str,
        customer: Customer,
    ) -> list[CountedCoupon]:
        if not code:
            return []
        prices, coupons = await asyncio.gather(
            self._lookup.find_prices(product_ids), self._lookup.find_coupons([code], customer)
        )
        held = domain.current_prices(prices, self._terms.default_currency)
        priced = {price.product_id for price in held if price.minimum_quantity == 1}
        items = [(each, 1) for each in product_ids if each in goods and each in priced]
        if not items:
            return []
        order = OrderToPrice(items, [code], customer, self._terms.default_currency)
        quote = self.evaluate(order, Facts(goods, prices, discounts), coupons)
        return [coupon for coupon in quote.coupons if coupon.type is not CouponType.FREE_DELIVERY]


def require_all_usable(order: OrderToPrice, refusals: Sequence[Refusal]) -> None:
    """Refuse an order with a coupon that cannot be used.

    Raises:
        FailedPreconditionError: There is one (COUPON_NOT_USABLE, with a violation for each).
    """
    if refusals:
        violations = [
            Violation(f"coupon_codes[{order.coupon_codes.index(each.code)}]", f"{each.code} {each.message}")
            for each in refusals
        ]
        raise FailedPreconditionError(
            "; ".join(f"Coupon {item.message}" for item in violations) + ".",
            code="COUPON_NOT_USABLE",
            metadata={"coupon_code": refusals[0].code, "coupon_reason": refusals[0].reason},
            violations=violations,
        )


def _products_of(discount: Discount, goods: Mapping[UUID, Goods]) -> list[UUID | None]:
    """Return the products that a discount is listed for: each of its category, its own, or None for all."""
    if discount.category_id is None:
        return [discount.product_id]
    return [each.product_id for each in goods.values() if each.category_id == discount.category_id]


def _require_known(product_ids: Sequence[UUID], goods: Mapping[UUID, Goods]) -> None:
    unknown = [str(product_id) for product_id in product_ids if product_id not in goods]
    if unknown:
        named = ", ".join(unknown)
        raise NotFoundError(
            f"No active product {named}.",
            code="PRODUCT_NOT_FOUND",
            metadata={"product_id": unknown[0], "product_ids": named},
        )
