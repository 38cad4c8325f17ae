"""Prices as pricing answers them: read into an order, and compared with what its customer saw."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingResponse
from bunmart_chassis.errors import UnavailableError

from bunmart_order.domain import OrderLine
from bunmart_order.service.base import FullOrder

_AMOUNTS = ("unit_price", "line_total", "discount_total", "tax_rate", "tax_total")


def is_as_quoted(full: FullOrder, pricing: CalculateOrderPricingResponse) -> bool:
    """Return True when an order still has the prices and taxes that its customer saw, also line by line.

    What an order of an earlier release did not keep is not compared; neither are the names of reductions.
    """
    now = priced_order(pricing)
    totals = all(
        getattr(full.order, name) in (None, amount) for name, amount in now.items() if name != "discounts"
    )
    return totals and all(
        getattr(seen, name) in (None, getattr(line, name))
        for seen, line in zip(full.lines, priced_lines(full.lines, pricing), strict=True)
        for name in _AMOUNTS
    )


def priced_order(pricing: CalculateOrderPricingResponse) -> dict[str, Any]:
    """Read the amounts of an order from its price, by column."""
    names = ("description", "amount", "coupon_code", "product_id")
    return {
        "currency_code": pricing.currency_code,
        "subtotal": Decimal(pricing.subtotal),
        "discount_total": Decimal(pricing.discount_total),
        "shipping_total": Decimal(pricing.delivery_total),
        "total": Decimal(pricing.grand_total),
        "tax_total": Decimal(pricing.tax_total),
        "shipping_tax_rate": Decimal(pricing.delivery_tax_rate or "0"),
        "shipping_tax_total": Decimal(pricing.delivery_tax_total or "0"),
        "discounts": [{name: getattr(discount, name) for name in names} for discount in pricing.discounts],
    }


def priced_lines(lines: Sequence[OrderLine], pricing: CalculateOrderPricingResponse) -> list[OrderLine]:
    """Return the lines of an order with their prices, and with what is sold by now.

    Raises:
        UnavailableError: pricing did not price every line (PEER_FAILED).
    """
    priced = {UUID(line.product_id): line for line in pricing.lines}
    if not priced.keys() >= {line.product_id for line in lines}:
        raise UnavailableError("pricing left out a line; retry in a moment.", code="PEER_FAILED")
    return [_price_line(line, priced[line.product_id]) for line in lines]


def _price_line(line: OrderLine, priced: CalculateOrderPricingResponse.LineResult) -> OrderLine:
    return msgspec.structs.replace(
        line,
        unit_price=Decimal(priced.unit_price),
        line_total=Decimal(priced.line_total),
        discount_total=Decimal(priced.discount_total or "0"),
        tax_rate=Decimal(priced.tax_rate or "0"),
        tax_total=Decimal(priced.tax_total or "0"),
        name=priced.name,
        unit=priced.unit,
        allergens=list(priced.allergens),
    )
