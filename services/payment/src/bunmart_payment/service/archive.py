"""Use case of the archive, where payments stay that no list shows any more."""

from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_payment import domain, queries
from bunmart_payment.service.base import UseCases, lock_payment


class Archive(UseCases):
    """Puts payments that are over away."""

    async def archive(self, unit: UnitOfWork, payment_id: UUID, *, actor: str) -> None:
        """Take a payment that is over out of the lists; a repeat changes nothing.

        Args:
            unit: That of the call.
            payment_id: Ours.
            actor: The admin, for the log.

        Raises:
            NotFoundError: There is no such payment (PAYMENT_NOT_FOUND).
            FailedPreconditionError: It is pending (PAYMENT_NOT_FINAL).
        """
        payment = await lock_payment(unit, payment_id)
        domain.require_archivable(payment)
        if payment.archived_at is None:
            await queries.ARCHIVE.run(unit, payment_id=payment_id, **queries.log_entry("archived", actor))
