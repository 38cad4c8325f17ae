"""Shipments."""

import functools
from uuid import UUID

import msgspec
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import optional_line, optional_name, optional_text, require_line, require_name
from litestar import Controller, delete, get, post, put

from bunmart_shipping.domain import (
    MAX_CARRIER,
    MAX_NAME,
    MAX_NOTES,
    MAX_REASON,
    Address,
    Details,
    Parcel,
    ShipmentStatus,
    require_delivery_time,
)
from bunmart_shipping.schemas import (
    NewAddress,
    NewShipment,
    NewStatus,
    ShipmentEventView,
    ShipmentView,
    ShippingDetails,
    TrackingView,
    event_view,
    shipment_view,
    tracking_view,
)
from bunmart_shipping.service import Shipping

_ADMIN = [requires(Role.ADMIN)]
_STAFF = [requires(Role.DRIVER)]


class ShipmentController(Controller):
    """Shipments, for admins and drivers; customers see theirs."""

    path = "/api/shipments"
    tags = ("shipments",)

    @post("/", operation_id="CreateShipment", guards=_ADMIN)
    async def create(
        self, data: NewShipment, principal: Principal, shipping: Shipping, unit: UnitOfWork
    ) -> ShipmentView:
        """Create a shipment for a parcel that nobody ordered (admins).

        The delivery of an order is asked for with `POST /api/orders/{id}/request-shipping`; with `order_id`
        this returns the shipment that was made so, and refuses any other order.
        """
        return await create_shipment(unit, data, principal, shipping)

    @get("/", operation_id="ListShipments", guards=_STAFF)
    async def list_all(
        self,
        principal: Principal,
        shipping: Shipping,
        page: PageRequest,
        status: ShipmentStatus | None = None,
    ) -> Page[ShipmentView]:
        """List shipments, newest first: all for admins, their own (or all PENDING) for drivers."""
        actor = await shipping.find_actor(principal)
        return (await shipping.list_page(actor, page, status=status)).map(
            functools.partial(shipment_view, actor=actor)
        )

    @get("/{shipment_id:uuid}", operation_id="GetShipment")
    async def get_one(self, shipment_id: UUID, principal: Principal, shipping: Shipping) -> ShipmentView:
        """Read a shipment."""
        actor = await shipping.find_actor(principal)
        shipment = await shipping.get_for(shipment_id, actor)
        return shipment_view(shipment, actor)

    @get("/order/{order_id:uuid}", operation_id="GetShipmentOfOrder")
    async def get_of_order(self, order_id: UUID, principal: Principal, shipping: Shipping) -> TrackingView:
        """Read the state of the parcel of an order."""
        actor = await shipping.find_actor(principal)
        return tracking_view(await shipping.get_of(order_id, actor), actor)

    @get("/{shipment_id:uuid}/history", operation_id="GetShipmentHistory", guards=_STAFF)
    async def history(
        self, shipment_id: UUID, principal: Principal, shipping: Shipping
    ) -> list[ShipmentEventView]:
        """Read the history of a shipment, oldest first."""
        events = await shipping.list_history(shipment_id, await shipping.find_actor(principal))
        return [event_view(event) for event in events]

    @put("/{shipment_id:uuid}", operation_id="SubmitShipment", guards=_STAFF)
    async def submit(
        self,
        shipment_id: UUID,
        data: ShippingDetails,
        principal: Principal,
        shipping: Shipping,
        unit: UnitOfWork,
    ) -> ShipmentView:
        """Submit the shipping details; the order becomes shipping. A driver can only assign himself."""
        return await submit_details(unit, shipment_id, data, principal, shipping)

    @put("/{shipment_id:uuid}/status", operation_id="SetShipmentStatus", guards=_STAFF)
    async def set_status(
        self,
        shipment_id: UUID,
        data: NewStatus,
        principal: Principal,
        shipping: Shipping,
        unit: UnitOfWork,
    ) -> ShipmentView:
        """Move a shipment. Its driver sets OUT_FOR_DELIVERY, DELIVERED and FAILED, admins all states."""
        actor = await shipping.find_actor(principal)
        shipment = await shipping.set_status(
            unit,
            shipment_id,
            data.status,
            actor=actor,
            reason=optional_text("reason", data.reason, most=MAX_REASON),
            received_by=optional_name("received_by", data.received_by, most=MAX_NAME),
        )
        return shipment_view(shipment, actor)

    @delete("/{shipment_id:uuid}", status_code=200, operation_id="CancelShipment", guards=_ADMIN)
    async def cancel(
        self, shipment_id: UUID, principal: Principal, shipping: Shipping, unit: UnitOfWork
    ) -> ShipmentView:
        """Cancel a shipment that is not on the road (admins). It stays readable as cancelled."""
        return await cancel_shipment(unit, shipment_id, principal, shipping)


async def create_shipment(
    unit: UnitOfWork, data: NewShipment, principal: Principal, shipping: Shipping
) -> ShipmentView:
    """Create a shipment, which is also a shipping request."""
    address = data.address
    parcel = Parcel(
        user_id=data.user_id,
        shipping_address_id=data.shipping_address_id,
        product_ids=list(dict.fromkeys(data.product_ids)),
        carrier=optional_line("carrier", data.carrier, most=MAX_CARRIER),
        order_note=optional_text("note", data.note, most=MAX_NOTES),
        address=None if address is None else _address(address),
    )
    actor = await shipping.find_actor(principal)
    return shipment_view(await shipping.create_by_hand(unit, data.order_id, parcel, actor=actor), actor)


def _address(data: NewAddress) -> Address:
    required = {"line1", "city", "postal_code", "country"}
    return Address(
        recipient=require_name("address.recipient", data.recipient),
        **{
            name: (require_line if name in required else optional_line)(f"address.{name}", value)
            for name, value in msgspec.structs.asdict(data).items()
            if name != "recipient"
        },
    )


async def submit_details(
    unit: UnitOfWork, shipment_id: UUID, data: ShippingDetails, principal: Principal, shipping: Shipping
) -> ShipmentView:
    """Submit the details of a shipment, which also approves a shipping request."""
    carrier, notes = data.carrier, data.notes
    details = Details(
        driver_id=data.driver_id,
        vehicle_id=data.vehicle_id,
        tracking_number=data.tracking_number,
        carrier=None if carrier is None else optional_line("carrier", carrier, most=MAX_CARRIER),
        estimated_delivery=(
            None
            if data.estimated_delivery is None
            else require_delivery_time("estimated_delivery", data.estimated_delivery)
        ),
        notes=None if notes is None else optional_text("notes", notes, most=MAX_NOTES),
    )
    actor = await shipping.find_actor(principal)
    shipment = await shipping.submit(unit, shipment_id, details, actor=actor, version=data.version)
    return shipment_view(shipment, actor)


async def cancel_shipment(
    unit: UnitOfWork, shipment_id: UUID, principal: Principal, shipping: Shipping
) -> ShipmentView:
    """Cancel a shipment, which also withdraws a shipping request."""
    actor = await shipping.find_actor(principal)
    shipment = await shipping.set_status(
        unit, shipment_id, ShipmentStatus.CANCELLED, actor=actor, reason="cancelled"
    )
    return shipment_view(shipment, actor)
