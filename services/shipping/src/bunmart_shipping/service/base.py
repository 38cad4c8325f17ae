"""The shared part of a shipment's use cases: reading, locking, writing, recording, telling the customer."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Database, Executor, UnitOfWork

from bunmart_shipping import domain, queries
from bunmart_shipping.clients import Clients
from bunmart_shipping.domain import Actor, Shipment, ShipmentEvent, ShipmentStatus
from bunmart_shipping.outbox import ReportToOrder, TellCustomer
from bunmart_shipping.settings import Settings


class UseCases:
    """Base of the use cases: database, peers and settings."""

    def __init__(self, database: Database, clients: Clients, settings: Settings) -> None:
        self.database = database
        self.clients = clients
        self.settings = settings


async def require_shipment(executor: Executor, shipment_id: UUID) -> Shipment:
    """Read a shipment.

    Raises:
        NotFoundError: There is none (SHIPMENT_NOT_FOUND).
    """
    return require_found(await queries.SHIPMENT.first(executor, id=shipment_id), "shipment", shipment_id)


async def lock_shipment(unit: UnitOfWork, shipment_id: UUID) -> Shipment:
    """Read and lock a shipment until the transaction ends.

    Raises:
        NotFoundError: There is none (SHIPMENT_NOT_FOUND).
    """
    shipment = await queries.SHIPMENT_FOR_UPDATE.first(unit, id=shipment_id)
    return require_found(shipment, "shipment", shipment_id)


async def store(unit: UnitOfWork, before: Shipment, after: Shipment, actor: Actor, reason: str) -> Shipment:
    """Write a locked shipment, record the change, and enqueue the report to the order service if due."""
    written = await queries.SET_SHIPMENT.one(unit, shipment_id=before.id, **msgspec.structs.asdict(after))
    await record(unit, before.id, before.status, after.status, actor, reason)
    if domain.next_report(written) is not None:
        # Not by shipment alone: a job that is running may have read the state before this one.
        unit.enqueue(ReportToOrder(before.id), dedupe_key=f"{before.id}:{written.version}")
    return written


async def record(
    unit: UnitOfWork,
    shipment_id: UUID,
    before: ShipmentStatus | None,
    after: ShipmentStatus,
    actor: Actor,
    reason: str,
) -> None:
    """Add an entry to a shipment's history."""
    event = ShipmentEvent(new_id(), shipment_id, before, after, actor.name, reason, datetime.now(UTC))
    await queries.ADD_EVENT.add(unit, event)


def tell_customer(unit: UnitOfWork, shipment: Shipment, template: str, *, reason: str = "") -> None:
    """Enqueue a message about a shipment as it was just written, with the reason why a delivery failed."""
    estimate = shipment.estimated_delivery
    data = {
        "name": shipment.recipient_name or "",
        "order_id": str(shipment.order_id or ""),
        "order_number": shipment.order_number,
        "shipment_id": str(shipment.id),
        "tracking_number": shipment.tracking_number or "",
        "carrier": shipment.carrier,
        "estimated_delivery": "" if estimate is None else estimate.isoformat(),
    }
    if reason:
        data["reason"] = reason
    unit.enqueue(
        TellCustomer(shipment.id, shipment.user_id, template, data),
        dedupe_key=f"{shipment.id}:{shipment.version}:{template}",
    )
