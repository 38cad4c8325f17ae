"""Reading payments, and putting old ones away."""

from uuid import UUID

from bunmart_chassis.paging import Page, page_of

from bunmart_payment import domain, queries
from bunmart_payment.domain import Payment, PaymentLog, PaymentStatus
from bunmart_payment.service.base import UseCases, locked

_MOST_OF_ORDER = 100
_MOST_LOGS = 500


class Reading(UseCases):
    """Payments as they are."""

    async def of_order(self, order_id: UUID) -> list[Payment]:
        """The attempts to pay an order, newest first, at most 100."""
        return await queries.OF_ORDER.all(self.database, order_id=order_id, limit=_MOST_OF_ORDER)

    async def logs(self, payment_id: UUID) -> list[PaymentLog]:
        """What happened to a payment, oldest first, at most 500 entries (NOT_FOUND)."""
        await self.get(payment_id)
        return await queries.LOGS_OF.all(self.database, payment_id=payment_id, limit=_MOST_LOGS)

    async def list_page(
        self, *, status: PaymentStatus | None, size: int, after: UUID | None
    ) -> Page[Payment]:
        """Payments that are not archived (of one status), newest first."""
        query = queries.PAGES["status" if status else "all", after is not None]
        rows = await query.all(self.database, status=status, after=after, limit=size + 1)
        return page_of(rows, size, lambda payment: payment.id)

    async def archive(self, payment_id: UUID, *, actor: str) -> None:
        """Take a payment that is over out of the lists; a repeat changes nothing (PAYMENT_NOT_FINAL)."""
        async with self.database.transaction() as unit:
            payment = await locked(unit, payment_id)
            domain.require_archivable(payment)
            if payment.archived_at is None:
                await queries.ARCHIVE.run(unit, payment_id=payment_id, **queries.log_entry("archived", actor))
