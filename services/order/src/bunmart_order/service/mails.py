"""Use cases of jobs: the mails to the customer, with the documents that belong to them."""

import asyncio
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.money import to_wire

from bunmart_order import domain, queries
from bunmart_order.clients import Attachment
from bunmart_order.domain import Order, OrderStatus
from bunmart_order.receipt import Document, credit_note_of, html_of, pdf_of, receipt_of
from bunmart_order.service.base import FullOrder, UseCases, require_full_order, require_order
from bunmart_order.service.lookup import read_sale

MAX_ITEMS_TEXT = 1900
"""Characters of the items in a mail; notification takes 2,000 per value."""


class Mails(UseCases):
    """Mails to the customer. A repeat sends the same bytes, so that notification sends one mail."""

    async def announce(self, order_id: UUID, user_id: UUID, status: str) -> None:
        """Send the customer the mail of a state, with number, items and total; ``paid`` has the receipt."""
        full = await require_full_order(self.database, order_id)
        data, files = _mail_data(full, status), []
        if status == OrderStatus.PAID:
            sale = await read_sale(self.database, full.order, full.lines)
            # What was given back since is left out: it would make a repeat another mail.
            files = await _files(receipt_of(sale._replace(refunds=[])))
            data["receipt"] = "yes"
        await self.clients.notify(user_id, f"order_{status}", order_id, data, files)

    async def send_credit_note(self, order_id: UUID, refund_id: UUID) -> None:
        """Send the customer the credit note of a refund."""
        order = await require_order(self.database, order_id)
        refund = require_found(await queries.REFUND.first(self.database, id=refund_id), "refund", refund_id)
        lines = await queries.LINES_OF.all(self.database, ids=[order_id])
        document = credit_note_of(await read_sale(self.database, order, lines), refund)
        data = {
            "order_id": str(order_id),
            "order_number": domain.display_number(order),
            "number": document.number,
            "amount": to_wire(refund.amount),
            "currency": order.currency_code,
        }
        files = await _files(document)
        await self.clients.notify(order.user_id, "order_credit_note", order_id, data, files)


async def _files(document: Document) -> list[Attachment]:
    name = f"{document.kind}-{document.number}"
    pdf = await asyncio.to_thread(pdf_of, document)
    return [
        Attachment(filename=f"{name}.pdf", content_type="application/pdf", content=pdf),
        Attachment(filename=f"{name}.html", content_type="text/html", content=html_of(document).encode()),
    ]


def _mail_data(full: FullOrder, status: str) -> dict[str, str]:
    order = full.order
    # An order that was never priced has no names yet; its mail has no items then, rather than ids.
    items = "\n".join(f"{line.quantity} x {line.name}" for line in full.lines if line.name)
    return {
        "order_id": str(order.id),
        "order_number": domain.display_number(order),
        "status": status,
        "items": items if len(items) <= MAX_ITEMS_TEXT else f"{items[:MAX_ITEMS_TEXT]} …",
        "total": _total(order),
    }


def _total(order: Order) -> str:
    return "" if order.total is None else f"{order.total:.2f} {order.currency_code}"
