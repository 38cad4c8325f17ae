"""The facts of a receipt or credit note as texts, in the order in which they stand on it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from bunmart_chassis.money import to_wire

from bunmart_order.domain import Refund, RefundStatus, Sale, display_number, values_by_rate


class DocumentLine(msgspec.Struct, frozen=True):
    """A product that was sold or given back; the amounts contain its tax."""

    name: str
    note: str
    quantity: str
    unit_price: str
    amount: str


class TaxRow(msgspec.Struct, frozen=True):
    """The tax of all that was sold or given back at one rate."""

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


class Document(msgspec.Struct, frozen=True):
    """All that stands on a receipt, or on a credit note, which corrects a receipt.

    Attributes:
        kind: ``receipt`` or ``credit-note``, for the name of a file.
        title: The kind as people write it.
        about: The receipt that a credit note corrects; empty for a receipt.
        note: The customer's note to the whole order; empty on a credit note.
        made_at: The time of the payment, or of the refund.
        sums: Label and amount of what follows the lines, the total last.
        shipping_address: Lines of the address, like ``billing_address``.
    """

    kind: str
    title: str
    number: str
    about: str
    note: str
    made_at: datetime
    currency: str
    lines: list[DocumentLine]
    sums: list[tuple[str, str]]
    taxes: list[TaxRow]
    refunds: list[RefundRow]
    shipping_address: list[str]
    billing_address: list[str]

    @property
    def date(self) -> str:
        """The day on which it was made, in UTC."""
        return f"{self.made_at:%Y-%m-%d}"


def receipt_of(sale: Sale) -> Document:
    """Write the receipt of a paid order from what was sold."""
    order = sale.order
    shipping = _address(order.shipping_address)
    return Document(
        kind="receipt",
        title="Receipt",
        number=display_number(order),
        about="",
        note=order.note,
        made_at=sale.paid_at,
        currency=order.currency_code,
        lines=[
            DocumentLine(
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


def credit_note_of(sale: Sale, refund: Refund) -> Document:
    """Write the credit note of money that was given back: a part of a sale, with the tax in it."""
    order = sale.order
    shipping = _address(order.shipping_address)
    return Document(
        kind="credit-note",
        title="Credit note",
        number=refund.number or str(refund.id)[-12:],
        about=f"For receipt {display_number(order)} of {sale.paid_at:%Y-%m-%d}.",
        note="",
        made_at=refund.updated_at,
        currency=order.currency_code,
        lines=_pieces(sale, refund),
        sums=[("Given back", _amount(refund.amount))],
        taxes=[_tax_part(part) for part in refund.taxes],
        refunds=[],
        shipping_address=shipping,
        billing_address=_address(order.billing_address) or shipping,
    )


def _pieces(sale: Sale, refund: Refund) -> list[DocumentLine]:
    sold = {str(line.product_id): line for line in sale.lines}
    found = []
    for piece in refund.lines:
        line, quantity = sold[str(piece["product_id"])], int(piece["quantity"])
        found.append(
            DocumentLine(
                name=line.name or str(line.product_id),
                note="",
                quantity=f"{quantity} {line.unit or ''}".strip(),
                unit_price=_amount(line.unit_price),
                amount=str(piece.get("amount", "")),
            )
        )
    return found


def _tax_part(part: Mapping[str, str]) -> TaxRow:
    gross, tax = Decimal(part["amount"]), Decimal(part["tax"])
    return TaxRow(f"{part['rate']} %", _amount(gross - tax), _amount(tax), _amount(gross))


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
