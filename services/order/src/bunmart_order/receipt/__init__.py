"""The receipt of a paid order, as a page and as PDF.

- ``document``: the facts and texts of a receipt, whatever its form.
- ``page``: the form in HTML, from ``receipt.html``.
- ``pdf``: the form in PDF.
"""

from bunmart_order.receipt.document import Receipt, receipt_of
from bunmart_order.receipt.page import html_of
from bunmart_order.receipt.pdf import pdf_of

__all__ = ["Receipt", "html_of", "pdf_of", "receipt_of"]
