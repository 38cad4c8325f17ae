"""Reports to the order service, one at a time for each shipment. Jobs call these; each opens its own unit."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_shipping import domain, queries
from bunmart_shipping.domain import Report, Shipment
from bunmart_shipping.service.base import UseCases, lock_shipment


class Reports(UseCases):
    """Telling the order service how far its order is: record, call, record.

    A report is noted before the call, so that one which the order service may have heard is never forgotten.
    """

    async def begin_report(self, shipment_id: UUID, owner: str) -> Report | None:
        """Note that a job reports the next state of the order.

        Args:
            shipment_id: The shipment.
            owner: The job.

        Returns:
            The report to make; None when nothing is due, or another job reports, which goes on until then.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
        """
        async with self.database.transaction() as unit:
            shipment = await lock_shipment(unit, shipment_id)
            if not domain.may_report(shipment, owner, datetime.now(UTC)):
                return None
            return await _claim(unit, shipment, owner)

    async def acknowledge_report(self, report: Report) -> Report | None:
        """Note that the order service acknowledged a report; returns the one that is due next, if any."""
        async with self.database.transaction() as unit:
            shipment = await lock_shipment(unit, report.shipment_id)
            if shipment.report_owner != report.owner:
                # Another job took over meanwhile; it reports on.
                return None
            return await _claim(unit, domain.acknowledge(shipment, report.status), report.owner)

    async def abandon_report(self, report: Report) -> None:
        """Let other jobs report: this one got no acknowledgement, and is tried again later."""
        async with self.database.transaction() as unit:
            await queries.RELEASE_REPORT.run(unit, shipment_id=report.shipment_id, owner=report.owner)


async def _claim(unit: UnitOfWork, shipment: Shipment, owner: str) -> Report | None:
    """Note what was acknowledged, and that a job reports what is due next, if anything is."""
    status = domain.next_report(shipment)
    if status is not None:
        shipment = domain.begin(shipment, status)
    if status is not None or shipment.report_owner is not None:
        await queries.SET_REPORT.run(
            unit,
            shipment_id=shipment.id,
            order_status_told=shipment.order_status_told,
            order_status_confirmed=shipment.order_status_confirmed,
            report_owner=None if status is None else owner,
            report_started_at=None if status is None else datetime.now(UTC),
        )
    if status is None or shipment.order_id is None:
        return None
    return Report(shipment.id, shipment.order_id, status, owner)
