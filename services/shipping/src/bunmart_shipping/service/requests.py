"""Shipping requests: from the packed order to a shipment with driver and vehicle."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import (
    DeadlineExceededError,
    InvalidArgumentError,
    UnavailableError,
    require_found,
)
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_shipping import domain, queries, refusals
from bunmart_shipping.domain import Actor, Details, Parcel, Recipient, Shipment, ShipmentStatus
from bunmart_shipping.outbox import RememberRecipient
from bunmart_shipping.service.base import (
    UseCases,
    lock_shipment,
    record,
    require_shipment,
    store,
    tell_customer,
)


class Requests(UseCases):
    """Creating a shipment, which waits as a shipping request, and submitting its details."""

    async def create(self, unit: UnitOfWork, order_id: UUID, parcel: Parcel, *, actor: Actor) -> Shipment:
        """Create the shipment of an order, PENDING; a repeat returns the existing one and changes nothing.

        One that was cancelled or stopped while its order goes on starts again, with the parcel as it is now.

        Raises:
            FailedPreconditionError: The order was cancelled (ORDER_CANCELLED).
        """
        domain.require_not_cancelled(cancelled=await queries.KNOW_ORDER.one(unit, order_id=order_id))
        shipment = domain.new_shipment(order_id, parcel, datetime.now(UTC))
        if await queries.ADD_SHIPMENT.add(unit, shipment):
            await record(unit, shipment.id, None, shipment.status, actor, "shipping intent")
            return shipment
        found = await queries.SHIPMENT_OF_FOR_UPDATE.first(unit, order_id=order_id)
        known = require_found(found, "shipment", f"of order {order_id}")
        if known.status is not ShipmentStatus.CANCELLED:
            return known
        return await store(unit, known, domain.restart(known, parcel), actor, "shipping intent again")

    async def create_by_hand(
        self, unit: UnitOfWork, order_id: UUID | None, parcel: Parcel, *, actor: Actor
    ) -> Shipment:
        """Create a shipment that belongs to no order, or return the one that an order has.

        One without an order has the same states, and its customer is told of them; the order service never
        hears of it.

        Args:
            unit: Of the call.
            order_id: The order; None for a parcel that nobody ordered, such as samples.
            parcel: The content, and for whom it is.
            actor: The admin, for the history.

        Raises:
            InvalidArgumentError: There is neither an order nor an address (``address``), or no such customer
                (``user_id``).
            FailedPreconditionError: The order service has not asked for the delivery of that order
                (ORDER_NOT_IN_SHIPPING).
            AlreadyExistsError: The order's shipment is for another customer or has other products
                (SHIPMENT_EXISTS).
        """
        if order_id is not None:
            found = await queries.SHIPMENT_OF.first(unit, order_id=order_id)
            return domain.require_given_by_order(found, order_id, parcel)
        domain.require_address(parcel)
        await self.clients.require_user("user_id", parcel.user_id)
        shipment = domain.new_shipment(None, parcel, datetime.now(UTC))
        await queries.ADD_SHIPMENT.add(unit, shipment)
        await record(unit, shipment.id, None, shipment.status, actor, "by hand")
        return shipment

    async def submit(
        self,
        unit: UnitOfWork,
        shipment_id: UUID,
        details: Details,
        *,
        actor: Actor,
        version: int | None = None,
    ) -> Shipment:
        """Submit the shipping details: the shipment is assigned, the order is shipping.

        The recipient's name and phone number are those of the address. What it does not say is asked from
        the user service, before the shipment is locked; when the user service does not answer, the shipment
        goes on without and they follow later.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: Neither an admin nor a driver who takes it on himself.
            InvalidArgumentError: Driver or vehicle is unknown or not active, or there would be neither driver
                and vehicle nor a carrier and its tracking number.
            FailedPreconditionError: It is on the road, delivered or cancelled (SHIPMENT_NOT_EDITABLE), or its
                order was cancelled (ORDER_CANCELLED) or has asked to stop it (SHIPMENT_STOPPED).
            AlreadyExistsError: Another shipment has that tracking number (TRACKING_NUMBER_TAKEN).
            AbortedError: It has another version than the given one (SHIPMENT_CHANGED).
        """
        seen = await require_shipment(self.database, shipment_id)
        actor.require_may_submit(seen, details.driver_id)
        recipient = await self._ask_recipient(seen)
        before = await lock_shipment(unit, shipment_id)
        actor.require_may_submit(before, details.driver_id)
        domain.require_version(before, version)
        after = domain.submit(before, details, recipient)
        if after == before:
            return before
        await _require_active(unit, after)
        with refused(refusals.TRACKING_NUMBER_TAKEN):
            written = await store(unit, before, after, actor, "details submitted")
        if domain.tracking_differs(before, after):
            tell_customer(unit, written, "shipment_tracking")
        if written.recipient_name is None:
            unit.enqueue(RememberRecipient(shipment_id, before.user_id), dedupe_key=str(shipment_id))
        return written

    async def record_recipient(self, shipment_id: UUID, user: Recipient) -> None:
        """Record the recipient's contact, unless it is known. A job calls this, in a unit of its own."""
        async with self.database.transaction() as unit:
            shipment = await lock_shipment(unit, shipment_id)
            name, phone = domain.contact(shipment.address, user)
            await queries.SET_RECIPIENT.run(unit, shipment_id=shipment_id, name=name, phone=phone)

    async def _ask_recipient(self, shipment: Shipment) -> Recipient | None:
        if shipment.recipient_name is not None:
            return None
        try:
            return await self.clients.recipient(shipment.user_id)
        except (UnavailableError, DeadlineExceededError):
            return None


async def _require_active(unit: UnitOfWork, shipment: Shipment) -> None:
    if shipment.driver_id is None:
        return
    if await queries.ACTIVE_DRIVER.first(unit, id=shipment.driver_id) is None:
        raise InvalidArgumentError.field("driver_id", "is not an active driver")
    if await queries.ACTIVE_VEHICLE.first(unit, id=shipment.vehicle_id) is None:
        raise InvalidArgumentError.field("vehicle_id", "is not an active vehicle")
