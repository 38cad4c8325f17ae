"""gRPC of the pricing service (``proto/bunmart/pricing/v1/pricing.proto``)."""

from decimal import Decimal

from bunmart.pricing.v1 import pricing_pb2, pricing_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Context
from bunmart_chassis.validation import (
    optional_text,
    optional_uuid,
    require_quantity,
    require_text,
    require_uuid,
    require_uuids,
)

from bunmart_pricing.domain import Coupon, Discount
from bunmart_pricing.service import Lookup, Quotes

SERVICE = pricing_pb2.DESCRIPTOR.services_by_name["PricingService"].full_name
_MAX_LINES = 100
_MAX_COUPONS = 5
_MAX_CODE = 40


class PricingServicer(pricing_pb2_grpc.PricingServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, lookup: Lookup, quotes: Quotes) -> None:
        self._lookup = lookup
        self._quotes = quotes

    async def GetPrices(
        self, request: pricing_pb2.GetPricesRequest, context: Context
    ) -> pricing_pb2.GetPricesResponse:
        """Return the unit prices of products; one without a price is left out."""
        prices = await self._lookup.find_prices(require_uuids("product_ids", request.product_ids))
        return pricing_pb2.GetPricesResponse(
            prices=[
                pricing_pb2.PriceInfo(
                    product_id=str(price.product_id),
                    unit_price=to_wire(price.unit_price),
                    currency_code=price.currency_code,
                )
                for price in prices
            ]
        )

    async def GetDiscounts(
        self, request: pricing_pb2.GetDiscountsRequest, context: Context
    ) -> pricing_pb2.GetDiscountsResponse:
        """Return the discounts of products, and the coupon if it can be used."""
        optional_uuid("user_id", request.user_id)
        code = optional_text("coupon_code", request.coupon_code, most=_MAX_CODE).upper()
        product_ids = require_uuids("product_ids", request.product_ids)
        discounts = [_discount(each) for each in await self._lookup.find_discounts(product_ids)]
        if code:
            prices = await self._lookup.find_prices(product_ids)
            subtotal = sum((price.unit_price for price in prices), start=Decimal(0))
            coupon = await self._lookup.find_usable_coupon(code, subtotal)
            discounts += [_coupon(coupon)] if coupon else []
        return pricing_pb2.GetDiscountsResponse(discounts=discounts)

    async def CalculatePrice(
        self, request: pricing_pb2.CalculatePriceRequest, context: Context
    ) -> pricing_pb2.CalculatePriceResponse:
        """Price one product in some quantity; a coupon that cannot be used is left out."""
        optional_uuid("user_id", request.user_id)
        quote = await self._quotes.price_product(
            require_uuid("product_id", request.product_id),
            require_quantity("quantity", request.quantity),
            optional_text("coupon_code", request.coupon_code, most=_MAX_CODE).upper(),
        )
        parts = [quote.line.description, quote.coupon.description if quote.coupon else ""]
        return pricing_pb2.CalculatePriceResponse(
            product_id=request.product_id,
            quantity=request.quantity,
            unit_price=to_wire(quote.line.unit_price),
            subtotal=to_wire(quote.line.total),
            discount_amount=to_wire(quote.discount),
            discount_description=", ".join(part for part in parts if part),
            total=to_wire(quote.total),
            currency_code=quote.currency_code,
            coupon_applied=quote.coupon is not None,
        )

    async def CalculateOrderPricing(
        self, request: pricing_pb2.CalculateOrderPricingRequest, context: Context
    ) -> pricing_pb2.CalculateOrderPricingResponse:
        """Price an order: the order service asks when it builds the full order."""
        require_uuid("user_id", request.user_id)
        if not 1 <= len(request.items) <= _MAX_LINES:
            raise InvalidArgumentError.field("items", f"must have 1 to {_MAX_LINES} entries")
        if len(request.coupon_codes) > _MAX_COUPONS:
            raise InvalidArgumentError.field("coupon_codes", f"must have at most {_MAX_COUPONS} entries")
        items = [
            (
                require_uuid(f"items[{index}].product_id", item.product_id),
                require_quantity(f"items[{index}].quantity", item.quantity),
            )
            for index, item in enumerate(request.items)
        ]
        codes = [
            require_text(f"coupon_codes[{index}]", code, most=_MAX_CODE).upper()
            for index, code in enumerate(request.coupon_codes)
        ]
        totals = await self._quotes.price_order(items, codes)
        return pricing_pb2.CalculateOrderPricingResponse(
            lines=[
                pricing_pb2.CalculateOrderPricingResponse.LineResult(
                    product_id=str(line.product_id),
                    quantity=line.quantity,
                    unit_price=to_wire(line.unit_price),
                    line_total=to_wire(line.total),
                )
                for line in totals.lines
            ],
            subtotal=to_wire(totals.subtotal),
            discount_total=to_wire(totals.discount_total),
            total=to_wire(totals.total),
            currency_code=totals.currency_code,
        )


def _discount(discount: Discount) -> pricing_pb2.DiscountInfo:
    return pricing_pb2.DiscountInfo(
        discount_id=str(discount.id),
        product_id=str(discount.product_id or ""),
        type=discount.type,
        value=to_wire(discount.value),
        description=discount.description,
    )


def _coupon(coupon: Coupon) -> pricing_pb2.DiscountInfo:
    return pricing_pb2.DiscountInfo(
        discount_id=str(coupon.id),
        type=coupon.type,
        value=to_wire(coupon.value),
        description=coupon.description,
    )
