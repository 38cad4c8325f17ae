"""Read-only use cases of payments."""

from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.paging import Page, PageRequest

from bunmart_payment import domain, queries
from bunmart_payment.domain import Payment, PaymentLog, PaymentStatus, Refund, RefundStatus, ReportedRefund
from bunmart_payment.service.base import UseCases, require_payment


class Lookup(UseCases):
    """Reads payments, their logs and their refunds."""

    async def get(self, payment_id: UUID) -> Payment:
        """Read a payment.

        Raises:
            NotFoundError: There is none (PAYMENT_NOT_FOUND).
        """
        return await require_payment(self.database, payment_id)

    async def list_page(self, page: PageRequest, *, status: PaymentStatus | None) -> Page[Payment]:
        """List payments that are not archived, newest first, optionally of one status."""
        return await queries.PAGES.page(self.database, page, status=status)

    async def list_of_order(self, order_id: UUID, page: PageRequest) -> Page[Payment]:
        """List the attempts to pay an order, newest first."""
        return await queries.PAGES_OF_ORDER.page(self.database, page, order_id=order_id)

    async def list_logs(self, payment_id: UUID, page: PageRequest) -> Page[PaymentLog]:
        """List the log of a payment, oldest first.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
        """
        found = await queries.LOG_PAGES.page(self.database, page, payment_id=payment_id)
        if not found.items:
            await self.get(payment_id)
        return found

    async def get_returned_total(self, payment_id: UUID) -> Decimal:
        """Read how much of a payment has been given back so far.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
        """
        total = await queries.RETURNED_TOTAL.first(self.database, payment_id=payment_id)
        return require_found(total, "payment", payment_id)

    async def list_reported_refunds(self, payment_id: UUID) -> list[ReportedRefund]:
        """List the refunds of a payment as its order knows them.

        The list is empty when some of them are known only as a sum, as an earlier release kept them
        (migration 0002).
        """
        refunds = await queries.REFUNDS_TO_REPORT.all(self.database, payment_id=payment_id)
        made = (each for each in refunds if each.status is RefundStatus.SUCCEEDED)
        if any(each.stripe_refund_id is None for each in made):
            return []
        return domain.report_refunds(refunds)

    async def list_refunds(self, payment_id: UUID, page: PageRequest) -> Page[Refund]:
        """List the refunds of a payment, oldest first.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
        """
        found = await queries.REFUND_PAGES.page(self.database, page, payment_id=payment_id)
        if not found.items:
            await self.get(payment_id)
        return found
