"""Reservations of coupons: made at Pay, counted when the order is paid, given back otherwise."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.storage import UnitOfWork

from bunmart_pricing import domain, queries
from bunmart_pricing.domain import CountedCoupon, Outcome, PricedOrder, Totals, UseStatus
from bunmart_pricing.service.lookup import Lookup
from bunmart_pricing.service.quotes import OrderToPrice, Quotes, require_all_usable


class Reservations:
    """Reserve the coupons of an order, and end its reservation.

    The rows of the coupons are locked, in the order of their ids, before their uses are counted. So of two
    customers who want the last use, the second counts the use of the first.

    Args:
        lookup: Reads coupons.
        quotes: Prices orders.
    """

    def __init__(self, lookup: Lookup, quotes: Quotes) -> None:
        self._lookup = lookup
        self._quotes = quotes

    async def reserve(
        self,
        unit: UnitOfWork,
        order: OrderToPrice,
        *,
        order_id: UUID,
        user_id: UUID,
        expected: Decimal,
        expected_tax: Decimal | None = None,
        hold: int,
        attempt: int = 0,
    ) -> tuple[Totals, bool]:
        """Price an order once more and reserve its coupons if it costs what the customer saw.

        A repeat replaces what the order has reserved. An order that is paid keeps its uses.

        Args:
            unit: Of the call.
            order: With its coupons.
            order_id: Its id.
            user_id: Its customer.
            expected: The grand total that the customer saw.
            expected_tax: The tax that he saw; None when its caller does not say.
            hold: Seconds until the uses return by themselves.
            attempt: The order's attempt to be paid, from 1; 0 when its caller does not count them.

        Returns:
            The price as it is now, and whether the coupons are reserved.

        Raises:
            NotFoundError: A product is unknown or inactive (PRODUCT_NOT_FOUND), or has no price
                (PRICE_NOT_FOUND).
            FailedPreconditionError: A coupon cannot be used or has no use left (COUPON_NOT_USABLE), or the
                prices are in different currencies (CURRENCIES_DIFFER).
        """
        facts = await self._quotes.load(order)
        coupons = await self._lock_coupons(unit, order, user_id)
        quote = self._quotes.evaluate(order, facts, coupons)
        require_all_usable(order, quote.refusals)
        domain.require_chargeable(quote.totals)
        if quote.totals.grand_total != expected or expected_tax not in (None, quote.totals.tax_total):
            return quote.totals, False
        priced = PricedOrder(order_id, user_id, UseStatus.RESERVED, attempt, datetime.now(UTC))
        is_new = await queries.RESERVE_ORDER.first(unit, **msgspec.structs.asdict(priced))
        if not is_new:
            await queries.REPLACE_USES.run(unit, order_id=order_id)
        if quote.coupons:
            await queries.ADD_USE.add_all(unit, domain.new_uses(priced, quote.coupons, hold))
        return quote.totals, True

    async def _lock_coupons(
        self, unit: UnitOfWork, order: OrderToPrice, user_id: UUID
    ) -> dict[str, CountedCoupon]:
        """Lock the coupons of an order, then count their uses.

        Only what is locked is counted. A coupon that gets one of the codes a moment later, because it is new
        or renamed, is not known yet: two orders that found it without a lock would both take its last use.
        """
        if not order.coupon_codes:
            return {}
        locked = await queries.LOCK_COUPONS.all(unit, codes=list(dict.fromkeys(order.coupon_codes)))
        if any(coupon.first_order_only for coupon in locked):
            await queries.LOCK_CUSTOMER.run(unit, user_id=user_id)
        return await self._lookup.find_coupons([coupon.code for coupon in locked], order.customer, unit)

    async def settle(self, unit: UnitOfWork, order_id: UUID, outcome: Outcome, attempt: int = 0) -> None:
        """End the reservation of an order, or change how it ended.

        Its uses are counted even when their time was over or they had been given back: the money is there. An
        order that was never reserved is left alone.

        Args:
            unit: Of the call.
            order_id: The order.
            outcome: Its end.
            attempt: With RELEASED the last attempt to pay that has ended; what a later one has reserved
                stays. 0 for all.
        """
        since = attempt if attempt and outcome is Outcome.RELEASED else None
        if await queries.SETTLE_ORDER.run(unit, of_order=order_id, outcome=outcome, attempt=since):
            await queries.SETTLE_USES.run(unit, of_order=order_id, outcome=outcome)
