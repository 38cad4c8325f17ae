"""REST requests and responses for quotes. Money is a decimal string in major units."""

from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.money import Currency, to_wire
from bunmart_chassis.rest import Schema
from bunmart_chassis.validation import MAX_QUANTITY, require_line

from bunmart_pricing.domain import ChargeProblem, Reason, Reduction, TaxedLine, Totals, why_not_chargeable
from bunmart_pricing.service import Customer, OrderToPrice, Quote, merged_items


class QuoteItem(Schema):
    """A product and its quantity."""

    product_id: UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)] = 1


class QuoteInput(Schema):
    """A cart that is to be priced; without a currency in the default one, or one that all have."""

    items: Annotated[list[QuoteItem], msgspec.Meta(min_length=1, max_length=100)]
    coupon_codes: Annotated[list[str], msgspec.Meta(max_length=5)] = msgspec.field(default_factory=list)
    currency_code: Currency | None = None

    def order(self, user_id: UUID | None) -> OrderToPrice:
        """Read what is to be priced, for a customer if he is signed in.

        Raises:
            InvalidArgumentError: A coupon code is empty or too long, or a product has too many pieces in all.
        """
        codes = [
            require_line(f"coupon_codes[{index}]", code, most=40).upper()
            for index, code in enumerate(self.coupon_codes)
        ]
        items = merged_items("items", ((item.product_id, item.quantity) for item in self.items))
        return OrderToPrice(items, codes, Customer(user_id), self.currency_code or "")


class QuoteLineView(msgspec.Struct, kw_only=True):
    """A line: `line_total` is before reductions, `discount_total` its share in them, `total` the rest."""

    product_id: UUID
    name: str
    unit: str
    quantity: int
    unit_price: str
    line_total: str
    discount_total: str
    total: str
    tax_rate: str
    tax_total: str


class QuoteDiscountView(msgspec.Struct, kw_only=True):
    """A reduction that took part; without a product it is for the whole order."""

    description: str
    amount: str
    coupon_code: str | None
    product_id: UUID | None


class RefusedCouponView(msgspec.Struct, kw_only=True):
    """A coupon that cannot be used, and why."""

    code: str
    reason: Reason
    message: str


class NotChargeableView(msgspec.Struct, kw_only=True):
    """The reason why so much cannot be charged, and the smallest or largest amount that can."""

    reason: ChargeProblem
    limit: str


class QuoteView(msgspec.Struct, kw_only=True):
    """A price: `total` is of the goods, `grand_total` with the delivery. Prices contain the tax.

    With `not_chargeable` no order can be made of it.
    """

    currency_code: str
    lines: list[QuoteLineView]
    discounts: list[QuoteDiscountView]
    refused_coupons: list[RefusedCouponView]
    subtotal: str
    discount_total: str
    total: str
    delivery_total: str
    delivery_tax_rate: str
    delivery_tax_total: str
    tax_total: str
    grand_total: str
    not_chargeable: NotChargeableView | None


def quote_view(quote: Quote) -> QuoteView:
    """Present a quote."""
    totals = quote.totals
    return QuoteView(
        currency_code=totals.currency_code,
        lines=[_line(line) for line in totals.lines],
        discounts=[_discount(reduction) for reduction in totals.reductions],
        refused_coupons=[
            RefusedCouponView(
                code=each.code, reason=each.reason, message=f"Coupon {each.code} {each.message}."
            )
            for each in quote.refusals
        ],
        subtotal=to_wire(totals.subtotal),
        discount_total=to_wire(totals.discount_total),
        total=to_wire(totals.total),
        delivery_total=to_wire(totals.delivery_total),
        delivery_tax_rate=f"{totals.delivery_tax_rate:f}",
        delivery_tax_total=to_wire(totals.delivery_tax_total),
        tax_total=to_wire(totals.tax_total),
        grand_total=to_wire(totals.grand_total),
        not_chargeable=_not_chargeable(totals),
    )


def _not_chargeable(totals: Totals) -> NotChargeableView | None:
    problem = why_not_chargeable(totals)
    if problem is None:
        return None
    return NotChargeableView(reason=problem.reason, limit=to_wire(problem.limit))


def _line(taxed: TaxedLine) -> QuoteLineView:
    line = taxed.line
    return QuoteLineView(
        product_id=line.goods.product_id,
        name=line.goods.name,
        unit=line.goods.unit,
        quantity=line.quantity,
        unit_price=to_wire(line.unit_price),
        line_total=to_wire(line.total),
        discount_total=to_wire(taxed.discount_total),
        total=to_wire(line.total - taxed.discount_total),
        tax_rate=f"{taxed.tax_rate:f}",
        tax_total=to_wire(taxed.tax_total),
    )


def _discount(reduction: Reduction) -> QuoteDiscountView:
    return QuoteDiscountView(
        description=reduction.description,
        amount=to_wire(reduction.amount),
        coupon_code=reduction.coupon_code or None,
        product_id=reduction.product_id,
    )
