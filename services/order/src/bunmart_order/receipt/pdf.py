"""A document as PDF.

A text in Latin-1 takes the font that every reader of PDF has. Any other takes one that has the letters of all
European languages: to cut them out of it costs ten times as much as all the rest.
"""

from collections.abc import Sequence

import font_roboto
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from bunmart_order.receipt.document import Document

_SIZE = 10
_HALF = 95
"""Half of the width between the margins of A4, in millimetres."""


def pdf_of(document: Document) -> bytes:
    """Write a document as PDF, the same bytes each time. It takes long for a loop: run it in a thread."""
    pdf = FPDF(format="A4")
    font = _font(pdf, document)
    pdf.set_title(f"{document.title} {document.number}")
    pdf.set_creation_date(document.made_at)
    pdf.add_page()
    pdf.set_font(font, "B", 16)
    pdf.cell(0, 10, f"BunMart {document.title.lower()} {document.number}", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(font, "", _SIZE)
    if document.about:
        pdf.cell(0, 8, document.about, new_x="LMARGIN", new_y="NEXT")
    facts = f"Date: {document.date}. All amounts in {document.currency}, tax included."
    pdf.cell(0, 8, facts, new_x="LMARGIN", new_y="NEXT")
    _addresses(pdf, document)
    if document.note:
        pdf.multi_cell(0, 5, f"Note: {document.note}", align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(3)
    lines = [
        (f"{line.name}\n{line.note}".strip(), line.quantity, line.unit_price, line.amount)
        for line in document.lines
    ]
    sums = [(label, "", "", amount) for label, amount in document.sums]
    _table(pdf, ("Product", "Quantity", "Price", "Amount"), [*lines, *sums])
    if document.taxes:
        rows = [(row.rate, row.net, row.tax, row.gross) for row in document.taxes]
        _table(pdf, ("Tax rate", "Net", "Tax", "Gross"), rows)
    if document.refunds:
        refunds = [(row.date, row.state, row.tax, row.amount) for row in document.refunds]
        _table(pdf, ("Refund", "State", "Tax", "Amount"), refunds)
    return bytes(pdf.output())


def _font(pdf: FPDF, document: Document) -> str:
    """Choose a font that has all letters of the document."""
    try:
        str(document).encode("latin-1")
    except UnicodeEncodeError:
        pdf.add_font("Roboto", "", font_roboto.Roboto)
        pdf.add_font("Roboto", "B", font_roboto.RobotoBold)
        return "Roboto"
    return "Helvetica"


def _addresses(pdf: FPDF, document: Document) -> None:
    top, bottom = pdf.get_y() + 4, pdf.get_y()
    columns = (("Billed to", document.billing_address), ("Delivered to", document.shipping_address))
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
