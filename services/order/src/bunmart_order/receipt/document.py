"""The facts of a receipt as texts, in the order in which they stand on it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from bunmart_chassis.money import to_wire

from bunmart_order.domain import Refund, RefundStatus, display_number, values_by_rate
from bunmart_order.service import Sale


class ReceiptLine(msgspec.Struct, frozen=True):
    """A product that was sold; the amounts contain its tax."""

    name: str
    note: str
    quantity: str
    unit_price: str
    amount: str


class TaxRow(msgspec.Struct, frozen=True):
    """The tax of all that was sold at one rate."""

    rate: str
    net: str
    tax: str
    gross: str


class RefundRow(msgspec.Struct, frozen=True):
    """Money that was given back, or is on its way, and the tax in it."""

    date: str
    state: str
    amount: str
    tax: str


class Receipt(msgspec.Struct, frozen=True):
    """All that stands on a receipt.

    Attributes:
        sums: Label and amount of what follows the lines, the total last.
        shipping_address: Lines of the address, like ``billing_address``.
    """

    number: str
    date: str
    currency: str
    lines: list[ReceiptLine]
    sums: list[tuple[str, str]]
    taxes: list[TaxRow]
    refunds: list[RefundRow]
    shipping_address: list[str]
    billing_address: list[str]


def receipt_of(sale: Sale) -> Receipt:
    """Write the receipt of a paid order from what was sold."""
    order = sale.order
    shipping = _address(order.shipping_address)
    return Receipt(
        number=display_number(order),
        date=f"{sale.paid_at:%Y-%m-%d}",
        currency=order.currency_code,
        lines=[
            ReceiptLine(
                name=line.name or str(line.product_id),
                note=line.note,
                quantity=f"{line.quantity} {line.unit or ''}".strip(),
                unit_price=_amount(line.unit_price),
                amount=_amount(line.line_total),
            )
            for line in sale.lines
        ],
        sums=_sums(sale),
        taxes=_taxes(sale),
        refunds=[_refund(refund) for refund in sale.refunds if refund.status is not RefundStatus.FAILED],
        shipping_address=shipping,
        billing_address=_address(order.billing_address) or shipping,
    )


def _sums(sale: Sale) -> list[tuple[str, str]]:
    order = sale.order
    discounts = [(_name(each), _taken_off(each["amount"])) for each in order.discounts]
    if not discounts and order.discount_total:
        discounts = [("Discount", f"-{_amount(order.discount_total)}")]
    return [
        ("Goods", _amount(order.subtotal)),
        *discounts,
        ("Delivery", _amount(order.shipping_total)),
        ("Total", _amount(order.total)),
    ]


def _name(discount: Mapping[str, str]) -> str:
    """Return what a reduction is called; an order of an earlier release may have one without a name."""
    return discount["description"] or discount["coupon_code"] or "Discount"


def _taken_off(amount: str) -> str:
    """Write an amount with its minus; free delivery takes nothing off the goods."""
    return f"-{amount}" if Decimal(amount) else amount


def _taxes(sale: Sale) -> list[TaxRow]:
    if all(line.tax_rate is None for line in sale.lines):
        return []  # an order of a release that kept no taxes
    return [
        TaxRow(f"{rate.normalize():f} %", _amount(gross - tax), _amount(tax), _amount(gross))
        for rate, (gross, tax) in values_by_rate(sale.order, sale.lines).items()
    ]


def _refund(refund: Refund) -> RefundRow:
    tax = sum((Decimal(part["tax"]) for part in refund.taxes), Decimal(0))
    state = "given back" if refund.status is RefundStatus.SUCCEEDED else "on its way"
    return RefundRow(f"{refund.created_at:%Y-%m-%d}", state, f"-{_amount(refund.amount)}", f"-{_amount(tax)}")


def _address(address: Mapping[str, Any] | None) -> list[str]:
    found = address or {}
    city = " ".join(filter(None, (found.get("postal_code"), found.get("city"))))
    names = ("recipient", "line1", "line2")
    lines = [*(found.get(name) for name in names), city, found.get("state"), found.get("country")]
    return [line for line in lines if line]


def _amount(amount: Decimal | None) -> str:
    return to_wire(amount or Decimal(0))
