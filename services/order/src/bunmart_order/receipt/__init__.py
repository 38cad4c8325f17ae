"""The receipt of a paid order, and the credit notes of its refunds, as pages and as PDF.

- ``document``: the facts and texts of a receipt or credit note, whatever its form.
- ``page``: the form in HTML, from ``document.html``.
- ``pdf``: the form in PDF.
"""

from bunmart_order.receipt.document import Document, credit_note_of, receipt_of
from bunmart_order.receipt.page import html_of
from bunmart_order.receipt.pdf import pdf_of

__all__ = ["Document", "credit_note_of", "html_of", "pdf_of", "receipt_of"]
