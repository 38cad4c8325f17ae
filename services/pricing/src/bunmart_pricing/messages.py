"""The gRPC messages of the pricing service: requests are read and checked here, answers written."""

from bunmart.pricing.v1 import pricing_pb2
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import to_wire
from bunmart_chassis.validation import optional_uuid, require_line, require_quantity, require_uuid

from bunmart_pricing.domain import CountedCoupon, CouponType, Price, Reduction, TaxedLine, Totals
from bunmart_pricing.service import Customer, OrderToPrice, ProductDiscount, Quote, merged_items

MAX_LINES = 100
MAX_COUPONS = 5
MAX_CODE = 40
_Order = pricing_pb2.CalculateOrderPricingResponse


def read_order(request: pricing_pb2.CalculateOrderPricingRequest, within: str = "") -> OrderToPrice:
    """Read an order that is to be priced.

    Args:
        request: The order.
        within: The path of the message in its request, such as ``order.``.

    Raises:
        InvalidArgumentError: A field is missing or malformed.
    """
    user_id = require_uuid(f"{within}user_id", request.user_id)
    order_id = optional_uuid(f"{within}order_id", request.order_id)
    if not 1 <= len(request.items) <= MAX_LINES:
        raise InvalidArgumentError.field(f"{within}items", f"must have 1 to {MAX_LINES} entries")
    if len(request.coupon_codes) > MAX_COUPONS:
        raise InvalidArgumentError.field(f"{within}coupon_codes", f"must have at most {MAX_COUPONS} entries")
    items = [
        (
            require_uuid(f"{within}items[{index}].product_id", item.product_id),
            require_quantity(f"{within}items[{index}].quantity", item.quantity),
        )
        for index, item in enumerate(request.items)
    ]
    codes = [
        require_line(f"{within}coupon_codes[{index}]", code, most=MAX_CODE).upper()
        for index, code in enumerate(request.coupon_codes)
    ]
    return OrderToPrice(
        merged_items(f"{within}items", items), codes, Customer(user_id, order_id), request.currency_code
    )


def price_info(price: Price) -> pricing_pb2.PriceInfo:
    """Present a price."""
    return pricing_pb2.PriceInfo(
        product_id=str(price.product_id),
        unit_price=to_wire(price.unit_price),
        currency_code=price.currency_code,
        minimum_quantity=price.minimum_quantity,
    )


def discount_info(found: ProductDiscount) -> pricing_pb2.DiscountInfo:
    """Present a discount."""
    return pricing_pb2.DiscountInfo(
        discount_id=str(found.discount.id),
        product_id=str(found.product_id or ""),
        type=found.discount.type,
        value=to_wire(found.discount.value),
        description=found.discount.description,
    )


def coupon_info(coupon: CountedCoupon) -> pricing_pb2.DiscountInfo:
    """Present the discount that a coupon brings."""
    return pricing_pb2.DiscountInfo(
        discount_id=str(coupon.id),
        product_id=str(coupon.product_id or ""),
        type=coupon.type,
        value=to_wire(coupon.value),
        description=coupon.description,
        coupon_code=coupon.code,
    )


def product_pricing(quote: Quote) -> pricing_pb2.CalculatePriceResponse:
    """Present the price of one product. Delivery is of an order, so a coupon for it takes no part here."""
    totals = quote.totals
    (taxed,) = totals.lines
    delivery = {coupon.code for coupon in quote.coupons if coupon.type is CouponType.FREE_DELIVERY}
    parts = [each.description for each in totals.reductions if each.coupon_code not in delivery]
    return pricing_pb2.CalculatePriceResponse(
        product_id=str(taxed.line.goods.product_id),
        quantity=taxed.line.quantity,
        unit_price=to_wire(taxed.line.unit_price),
        subtotal=to_wire(totals.subtotal),
        discount_amount=to_wire(totals.discount_total),
        discount_description=", ".join(part for part in parts if part),
        total=to_wire(totals.total),
        currency_code=totals.currency_code,
        coupon_applied=len(quote.coupons) > len(delivery),
    )


def order_pricing(totals: Totals) -> pricing_pb2.CalculateOrderPricingResponse:
    """Present the totals of an order."""
    return _Order(
        lines=[_line(line) for line in totals.lines],
        subtotal=to_wire(totals.subtotal),
        discount_total=to_wire(totals.discount_total),
        total=to_wire(totals.total),
        currency_code=totals.currency_code,
        delivery_total=to_wire(totals.delivery_total),
        grand_total=to_wire(totals.grand_total),
        tax_total=to_wire(totals.tax_total),
        delivery_tax_total=to_wire(totals.delivery_tax_total),
        delivery_tax_rate=f"{totals.delivery_tax_rate:f}",
        discounts=[_applied(reduction) for reduction in totals.reductions],
    )


def _line(taxed: TaxedLine) -> pricing_pb2.CalculateOrderPricingResponse.LineResult:
    line, goods = taxed.line, taxed.line.goods
    return _Order.LineResult(
        product_id=str(goods.product_id),
        quantity=line.quantity,
        unit_price=to_wire(line.unit_price),
        line_total=to_wire(line.total),
        discount_total=to_wire(taxed.discount_total),
        tax_rate=f"{taxed.tax_rate:f}",
        tax_total=to_wire(taxed.tax_total),
        name=goods.name,
        unit=goods.unit,
        allergens=goods.allergens,
    )


def _applied(reduction: Reduction) -> pricing_pb2.CalculateOrderPricingResponse.AppliedDiscount:
    return _Order.AppliedDiscount(
        description=reduction.description,
        amount=to_wire(reduction.amount),
        coupon_code=reduction.coupon_code,
        product_id=str(reduction.product_id or ""),
    )
