"""REST of documents: receipts of paid orders, and credit notes of their refunds."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from bunmart_chassis.identity import Principal
from litestar import Controller, Response, get
from litestar.params import HeaderParameter

from bunmart_order.receipt import Document, credit_note_of, html_of, pdf_of, receipt_of
from bunmart_order.service import Orders

_PRIVATE = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "vary": "accept",
    "x-content-type-options": "nosniff",
}
Accept = Annotated[str, HeaderParameter(name="accept", required=False)]
Form = Literal["html", "pdf"] | None


class DocumentController(Controller):
    """Receipts of paid orders, and credit notes of their refunds."""

    path = "/api/orders"
    tags = ("orders",)

    @get("/{order_id:uuid}/receipt", operation_id="GetReceipt", media_type="text/html")
    async def receipt(
        self,
        order_id: UUID,
        principal: Principal,
        orders: Orders,
        accept: Accept = "",
        format: Form = None,  # noqa: A002 - the name of the query parameter
    ) -> Response[str | bytes]:
        """Read the receipt of a paid order: HTML, or PDF by `format=pdf` or `Accept: application/pdf`."""
        order = await orders.get_without_lines(order_id)
        principal.require_self(order.user_id)
        receipt = receipt_of(await orders.get_sale(order))
        return await _document(receipt, accept, format)

    @get(
        "/{order_id:uuid}/refunds/{refund_id:uuid}/credit-note",
        operation_id="GetCreditNote",
        media_type="text/html",
    )
    async def credit_note(
        self,
        order_id: UUID,
        refund_id: UUID,
        principal: Principal,
        orders: Orders,
        accept: Accept = "",
        format: Form = None,  # noqa: A002 - the name of the query parameter
    ) -> Response[str | bytes]:
        """Read the credit note of a refund whose money has gone back, in the forms of a receipt."""
        order = await orders.get_without_lines(order_id)
        principal.require_self(order.user_id)
        refund = await orders.get_settled_refund(order_id, refund_id)
        return await _document(credit_note_of(await orders.get_sale(order), refund), accept, format)


async def _document(document: Document, accept: str, form: Form) -> Response[str | bytes]:
    if form == "pdf" or (form is None and accept.startswith("application/pdf")):
        # Fonts are read and cut in it: too long for the loop that serves everybody.
        content = await asyncio.to_thread(pdf_of, document)
        name = f'inline; filename="{document.kind}-{document.number}.pdf"'
        headers = {"content-disposition": name, **_PRIVATE}
        return Response(content, media_type="application/pdf", headers=headers)
    return Response(html_of(document), media_type="text/html", headers=_PRIVATE)
