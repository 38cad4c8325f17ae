"""Shipping requests: shipments that wait for their details."""

import functools
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put

from bunmart_shipping.domain import ShipmentStatus
from bunmart_shipping.rest.shipments import cancel_shipment, create_shipment, submit_details
from bunmart_shipping.schemas import NewShipment, ShipmentView, ShippingDetails, shipment_view
from bunmart_shipping.service import Shipping


class ShippingRequestController(Controller):
    """Shipping requests, for admins. A request is a PENDING shipment and keeps its id when it is approved."""

    path = "/api/shipping-requests"
    tags = ("shipping-requests",)
    guards = (requires(Role.ADMIN),)

    @post("/", operation_id="CreateShippingRequest")
    async def create(
        self, data: NewShipment, principal: Principal, shipping: Shipping, unit: UnitOfWork
    ) -> ShipmentView:
        """Ask for delivery of a parcel that nobody ordered, as `POST /api/shipments`."""
        return await create_shipment(unit, data, principal, shipping)

    @get("/", operation_id="ListShippingRequests")
    async def list_all(
        self, principal: Principal, shipping: Shipping, page: PageRequest
    ) -> Page[ShipmentView]:
        """List the shipments that wait for their details, newest first."""
        actor = await shipping.find_actor(principal)
        waiting = await shipping.list_page(actor, page, status=ShipmentStatus.PENDING)
        return waiting.map(functools.partial(shipment_view, actor=actor))

    @get("/{shipment_id:uuid}", operation_id="GetShippingRequest")
    async def get_one(self, shipment_id: UUID, principal: Principal, shipping: Shipping) -> ShipmentView:
        """Read a shipping request."""
        actor = await shipping.find_actor(principal)
        return shipment_view(await shipping.get_for(shipment_id, actor), actor)

    @put("/{shipment_id:uuid}/approve", operation_id="ApproveShippingRequest")
    async def approve(
        self,
        shipment_id: UUID,
        data: ShippingDetails,
        principal: Principal,
        shipping: Shipping,
        unit: UnitOfWork,
    ) -> ShipmentView:
        """Approve a shipping request with driver and vehicle, as `PUT /api/shipments/{id}`."""
        return await submit_details(unit, shipment_id, data, principal, shipping)

    @delete("/{shipment_id:uuid}", status_code=200, operation_id="CancelShippingRequest")
    async def cancel(
        self, shipment_id: UUID, principal: Principal, shipping: Shipping, unit: UnitOfWork
    ) -> ShipmentView:
        """Withdraw a shipping request. It stays readable as cancelled."""
        return await cancel_shipment(unit, shipment_id, principal, shipping)
