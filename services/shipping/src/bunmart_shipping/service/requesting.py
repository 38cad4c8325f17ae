"""From the packed order to a shipment with driver and vehicle."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import (
    DeadlineExceededError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
)
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_shipping import domain, queries
from bunmart_shipping.domain import Actor, Details, Recipient, Shipment, ShipmentStatus
from bunmart_shipping.outbox import RememberRecipient
from bunmart_shipping.service.base import UseCases, locked, record, store, tell_customer
from bunmart_shipping.service.conflicts import refuse_twins


class Requesting(UseCases):
    """The shipping intent, and the details that are submitted for it."""

    async def create(
        self,
        order_id: UUID,
        *,
        user_id: UUID,
        shipping_address_id: UUID,
        product_ids: Sequence[UUID],
        carrier: str,
        actor: Actor,
    ) -> Shipment:
        """Create the shipment of an order, PENDING; a repeat returns the existing one and changes nothing."""
        shipment = _new_shipment(order_id, user_id, shipping_address_id, product_ids, carrier)
        async with self.database.transaction() as unit:
            if await queries.ADD_SHIPMENT.add(unit, shipment):
                await record(unit, shipment.id, None, shipment.status, actor, "shipping intent")
                return shipment
            known = await queries.SHIPMENT_OF.first(unit, order_id=order_id)
        if known is None:
            raise NotFoundError(f"Order {order_id} has no shipment.", code="SHIPMENT_NOT_FOUND")
        return known

    async def submit(
        self, shipment_id: UUID, details: Details, *, actor: Actor, version: int | None = None
    ) -> Shipment:
        """Submit the shipping details: the shipment is assigned, the order is shipping.

        The recipient's name and phone number are asked from the user service; when it does not answer, the
        shipment goes on without and they follow later.

        Raises:
            PermissionDeniedError: Neither an admin nor a driver who takes it on himself.
            InvalidArgumentError: Driver or vehicle is unknown or not active.
            FailedPreconditionError: It is on the road, delivered or cancelled.
            AlreadyExistsError: Another shipment has that tracking number (TRACKING_NUMBER_TAKEN).
            AbortedError: It is not the given version any more.
        """
        seen = await self.get(shipment_id)
        actor.require_may_submit(seen, details.driver_id)
        recipient = await self._recipient(seen)
        with refuse_twins("TRACKING_NUMBER_TAKEN", "Another shipment has that tracking number."):
            async with self.database.transaction() as unit:
                before = await locked(unit, shipment_id)
                actor.require_may_submit(before, details.driver_id)
                domain.require_version(before, version)
                after = domain.submit(before, details, recipient)
                if after == before:
                    return before
                await _require_active(unit, details)
                written = await store(unit, before, after, actor, "details submitted")
                if domain.tracking_differs(before, after):
                    tell_customer(unit, written, "shipment_tracking")
                if written.recipient_name is None:
                    unit.enqueue(RememberRecipient(shipment_id, before.user_id), dedupe_key=str(shipment_id))
                return written

    async def _recipient(self, shipment: Shipment) -> Recipient | None:
        if shipment.recipient_name is not None:
            return None
        try:
            return await self.clients.recipient(shipment.user_id)
        except (UnavailableError, DeadlineExceededError):
            return None

    async def record_recipient(self, shipment_id: UUID, recipient: Recipient) -> None:
        """Note the recipient's contact, unless it is known."""
        await queries.SET_RECIPIENT.run(
            self.database, shipment_id=shipment_id, name=recipient.name, phone=recipient.phone
        )


async def _require_active(unit: UnitOfWork, details: Details) -> None:
    if await queries.ACTIVE_DRIVER.first(unit, id=details.driver_id) is None:
        raise InvalidArgumentError.field("driver_id", "is not an active driver")
    if await queries.ACTIVE_VEHICLE.first(unit, id=details.vehicle_id) is None:
        raise InvalidArgumentError.field("vehicle_id", "is not an active vehicle")


def _new_shipment(
    order_id: UUID, user_id: UUID, shipping_address_id: UUID, product_ids: Sequence[UUID], carrier: str
) -> Shipment:
    now = datetime.now(UTC)
    return Shipment(
        id=new_id(),
        order_id=order_id,
        user_id=user_id,
        shipping_address_id=shipping_address_id,
        product_ids=list(product_ids),
        carrier=carrier,
        tracking_number=None,
        status=ShipmentStatus.PENDING,
        driver_id=None,
        vehicle_id=None,
        recipient_name=None,
        recipient_phone=None,
        notes="",
        estimated_delivery=None,
        delivered_at=None,
        order_status_confirmed=None,
        created_at=now,
        updated_at=now,
        version=1,
    )
