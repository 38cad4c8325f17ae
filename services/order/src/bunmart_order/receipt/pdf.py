"""The receipt as PDF, with a font that has the letters of all European languages."""

from collections.abc import Sequence

import font_roboto
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from bunmart_order.receipt.document import Receipt

_FONT, _SIZE = "Roboto", 10
_HALF = 95
"""Half of the width between the margins of A4, in millimetres."""


def pdf_of(receipt: Receipt) -> bytes:
    """Write a receipt as PDF. It takes a part of a second: run it in a thread."""
    pdf = FPDF(format="A4")
    pdf.add_font(_FONT, "", font_roboto.Roboto)
    pdf.add_font(_FONT, "B", font_roboto.RobotoBold)
    pdf.set_title(f"Receipt {receipt.number}")
    pdf.add_page()
    pdf.set_font(_FONT, "B", 16)
    pdf.cell(0, 10, f"BunMart receipt {receipt.number}", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(_FONT, "", _SIZE)
    facts = f"Date: {receipt.date}. All amounts in {receipt.currency}, tax included."
    pdf.cell(0, 8, facts, new_x="LMARGIN", new_y="NEXT")
    _addresses(pdf, receipt)
    lines = [
        (f"{line.name}\n{line.note}".strip(), line.quantity, line.unit_price, line.amount)
        for line in receipt.lines
    ]
    sums = [(label, "", "", amount) for label, amount in receipt.sums]
    _table(pdf, ("Product", "Quantity", "Price", "Amount"), [*lines, *sums])
    if receipt.taxes:
        rows = [(row.rate, row.net, row.tax, row.gross) for row in receipt.taxes]
        _table(pdf, ("Tax rate", "Net", "Tax", "Gross"), rows)
    if receipt.refunds:
        refunds = [(row.date, row.state, row.tax, row.amount) for row in receipt.refunds]
        _table(pdf, ("Refund", "State", "Tax", "Amount"), refunds)
    return bytes(pdf.output())


def _addresses(pdf: FPDF, receipt: Receipt) -> None:
    top, bottom = pdf.get_y() + 4, pdf.get_y()
    columns = (("Billed to", receipt.billing_address), ("Delivered to", receipt.shipping_address))
    for index, (title, address) in enumerate(columns):
        left = pdf.l_margin + index * _HALF
        pdf.set_xy(left, top)
        pdf.multi_cell(_HALF, 5, "\n".join([title, *address]), align="L")
        bottom = max(bottom, pdf.get_y())
    pdf.set_xy(pdf.l_margin, bottom + 6)


def _table(pdf: FPDF, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with pdf.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=(5, 2, 2, 2),
        headings_style=FontFace(emphasis="BOLD"),
        text_align=("LEFT", "LEFT", "RIGHT", "RIGHT"),
    ) as table:
        for cells in (head, *rows):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    pdf.ln(6)
