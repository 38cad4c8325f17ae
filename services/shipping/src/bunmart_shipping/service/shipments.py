"""Shipments on their way: the states of a delivery, and the end of one whose order was cancelled."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.storage import UnitOfWork

from bunmart_shipping import domain, queries
from bunmart_shipping.domain import Actor, Shipment, ShipmentStatus
from bunmart_shipping.service.base import UseCases, lock_shipment, store, tell_customer


class Shipments(UseCases):
    """Moving a shipment, and ending it with its order."""

    async def set_status(
        self,
        unit: UnitOfWork,
        shipment_id: UUID,
        target: ShipmentStatus,
        *,
        actor: Actor,
        reason: str = "",
        received_by: str = "",
    ) -> Shipment:
        """Move a shipment; the present status again is acknowledged and changes nothing.

        A delivery that fails is given up at once, in the same call, when its order has ended it meanwhile.

        Args:
            unit: Of the call.
            shipment_id: The shipment.
            target: The status to move to.
            actor: The one who moves it.
            reason: For the history, and for the customer when the delivery failed.
            received_by: The person who took the parcel, when it is DELIVERED.

        Raises:
            NotFoundError: There is no such shipment (SHIPMENT_NOT_FOUND).
            PermissionDeniedError: Neither an admin nor the shipment's driver.
            FailedPreconditionError: It cannot go from its status to that one
                (SHIPMENT_TRANSITION_NOT_ALLOWED), it has no details (SHIPMENT_DETAILS_MISSING), the settings
                ask for a proof of delivery that is missing (DELIVERY_PROOF_MISSING), the order was
                cancelled (ORDER_CANCELLED) or has asked to stop it (SHIPMENT_STOPPED).
        """
        before = await lock_shipment(unit, shipment_id)
        actor.require_may_move(before, target)
        after = domain.move(before, target, datetime.now(UTC), received_by=received_by)
        if after == before:
            return before
        if target is ShipmentStatus.DELIVERED:
            await self._require_proof(unit, before, received_by)
        written = await store(unit, before, after, actor, reason)
        back = domain.give_up(written)
        if back != written:
            # The mail of a failed delivery says that there may be another one.
            return await store(unit, written, back, actor, "given up: its order has stopped it")
        if template := domain.ANNOUNCED.get(target):
            failed = target is ShipmentStatus.FAILED
            tell_customer(unit, written, template, reason=reason if failed else "")
        return written

    async def cancel_of(
        self, unit: UnitOfWork, order_id: UUID, *, actor: Actor, reason: str, still_shipping: bool = False
    ) -> Shipment | None:
        """End the shipment of an order for good, also one that comes late; a repeat changes nothing.

        One that is on the road stays so, and goes out no second time.

        Args:
            unit: Of the call.
            order_id: The order.
            actor: The caller, for the history.
            reason: For the history.
            still_shipping: The order is not cancelled: its money goes back while the parcel is on the road.
                Only this delivery ends, and order hears how.

        Returns:
            The shipment as it is now; None when the order has none.
        """
        if not still_shipping:
            await queries.CANCEL_ORDER.run(unit, order_id=order_id)
        before = await queries.SHIPMENT_OF_FOR_UPDATE.first(unit, order_id=order_id)
        if before is None:
            return None
        after = domain.stop_for_order(before) if still_shipping else domain.cancel_for_order(before)
        if after == before:
            return before
        text = "stop asked" if still_shipping else "order cancelled"
        return await store(unit, before, after, actor, f"{text}: {reason}".removesuffix(": "))

    async def _require_proof(self, unit: UnitOfWork, shipment: Shipment, received_by: str) -> None:
        pictures = None
        if self.settings.require_delivery_picture:
            pictures = await queries.COUNT_IMAGES.one(unit, shipment_id=shipment.id)
        domain.require_proof(
            shipment, received_by, name=self.settings.require_receiver_name, pictures=pictures
        )
