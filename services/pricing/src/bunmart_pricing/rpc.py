"""gRPC of the pricing service (``proto/bunmart/pricing/v1/pricing.proto``)."""

from decimal import Decimal

from bunmart.pricing.v1 import pricing_pb2, pricing_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import (
    optional_line,
    optional_uuid,
    require_amount,
    require_one_of,
    require_quantity,
    require_uuid,
    require_uuids,
)

from bunmart_pricing.domain import Outcome
from bunmart_pricing.messages import (
    MAX_CODE,
    coupon_info,
    discount_info,
    order_pricing,
    price_info,
    product_pricing,
    read_order,
)
from bunmart_pricing.service import Customer, Lookup, OrderToPrice, Quotes, Reservations

SERVICE = pricing_pb2.DESCRIPTOR.services_by_name["PricingService"].full_name
_MAX_HOLD_SECONDS = 30 * 24 * 3600


class PricingServicer(pricing_pb2_grpc.PricingServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, lookup: Lookup, quotes: Quotes, reservations: Reservations) -> None:
        self._lookup = lookup
        self._quotes = quotes
        self._reservations = reservations

    async def GetPrices(
        self, request: pricing_pb2.GetPricesRequest, context: Context
    ) -> pricing_pb2.GetPricesResponse:
        """Return the unit prices of products, by quantity; one without a price is left out."""
        product_ids = require_uuids("product_ids", request.product_ids)
        prices = await self._lookup.find_current_prices(product_ids)
        return pricing_pb2.GetPricesResponse(prices=[price_info(price) for price in prices])

    async def GetDiscounts(
        self, request: pricing_pb2.GetDiscountsRequest, context: Context
    ) -> pricing_pb2.GetDiscountsResponse:
        """Return the discounts of products, and the coupon if it can be used."""
        user_id = optional_uuid("user_id", request.user_id)
        code = optional_line("coupon_code", request.coupon_code, most=MAX_CODE).upper()
        product_ids = require_uuids("product_ids", request.product_ids)
        discounts, coupons = await self._quotes.find_discounts(product_ids, code, Customer(user_id))
        return pricing_pb2.GetDiscountsResponse(
            discounts=[*map(discount_info, discounts), *map(coupon_info, coupons)]
        )

    async def CalculatePrice(
        self, request: pricing_pb2.CalculatePriceRequest, context: Context
    ) -> pricing_pb2.CalculatePriceResponse:
        """Price one product in some quantity; a coupon that cannot be used is left out."""
        user_id = optional_uuid("user_id", request.user_id)
        product_id = require_uuid("product_id", request.product_id)
        quantity = require_quantity("quantity", request.quantity)
        code = optional_line("coupon_code", request.coupon_code, most=MAX_CODE).upper()
        order = OrderToPrice([(product_id, quantity)], [code] if code else [], Customer(user_id))
        return product_pricing(await self._quotes.quote(order))

    async def CalculateOrderPricing(
        self, request: pricing_pb2.CalculateOrderPricingRequest, context: Context
    ) -> pricing_pb2.CalculateOrderPricingResponse:
        """Price an order: the order service asks when it builds the full order."""
        return order_pricing(await self._quotes.price_order(read_order(request)))

    async def ReserveOrderPricing(
        self, request: pricing_pb2.ReserveOrderPricingRequest, context: Context
    ) -> pricing_pb2.ReserveOrderPricingResponse:
        """Price an order at Pay and reserve its coupons, if it costs what the customer saw."""
        order = read_order(request.order, "order.")
        if not 1 <= request.hold_seconds <= _MAX_HOLD_SECONDS:
            raise InvalidArgumentError.field("hold_seconds", f"must be between 1 and {_MAX_HOLD_SECONDS}")
        totals, reserved = await self._reservations.reserve(
            unit_of(context),
            order,
            order_id=require_uuid("order.order_id", request.order.order_id),
            user_id=require_uuid("order.user_id", request.order.user_id),
            expected=require_amount("expected_total", request.expected_total),
            expected_tax=_optional_amount("expected_tax_total", request.expected_tax_total),
            hold=request.hold_seconds,
            attempt=_require_attempt(request.attempt),
        )
        return pricing_pb2.ReserveOrderPricingResponse(pricing=order_pricing(totals), reserved=reserved)

    async def SettleOrderPricing(
        self, request: pricing_pb2.SettleOrderPricingRequest, context: Context
    ) -> pricing_pb2.SettleOrderPricingResponse:
        """Count the uses of an order's coupons, or give them back."""
        order_id = require_uuid("order_id", request.order_id)
        outcome = require_one_of("outcome", request.outcome, list(Outcome))
        attempt = _require_attempt(request.attempt)
        await self._reservations.settle(unit_of(context), order_id, Outcome(outcome), attempt)
        return pricing_pb2.SettleOrderPricingResponse(acknowledged=True)


def _optional_amount(field: str, value: str) -> Decimal | None:
    return require_amount(field, value) if value else None


def _require_attempt(attempt: int) -> int:
    if attempt < 0:
        raise InvalidArgumentError.field("attempt", "must not be negative")
    return attempt
