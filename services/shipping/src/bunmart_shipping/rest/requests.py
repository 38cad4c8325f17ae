"""Shipping requests: shipments that wait for their details."""

from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageSize, PageToken, decode_token, size_of
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
    async def create(self, data: NewShipment, principal: Principal, shipping: Shipping) -> ShipmentView:
        """Ask for delivery of an order; a repeat returns the existing request."""
        return await create_shipment(data, principal, shipping)

    @get("/", operation_id="ListShippingRequests")
    async def list_all(
        self,
        principal: Principal,
        shipping: Shipping,
        page_size: PageSize = None,
        page_token: PageToken = None,
    ) -> Page[ShipmentView]:
        """List what waits for shipping details, newest first."""
        page = await shipping.list_page(
            await shipping.actor(principal),
            status=ShipmentStatus.PENDING,
            size=size_of(page_size),
            after=decode_token(page_token, UUID),
        )
        return page.map(shipment_view)

    @get("/{shipment_id:uuid}", operation_id="GetShippingRequest")
    async def get_one(self, shipment_id: UUID, principal: Principal, shipping: Shipping) -> ShipmentView:
        """Read a shipping request."""
        return shipment_view(await shipping.read(shipment_id, await shipping.actor(principal)))

    @put("/{shipment_id:uuid}/approve", operation_id="ApproveShippingRequest")
    async def approve(
        self, shipment_id: UUID, data: ShippingDetails, principal: Principal, shipping: Shipping
    ) -> ShipmentView:
        """Approve a shipping request with driver and vehicle, as `PUT /api/shipments/{id}`."""
        return await submit_details(shipment_id, data, principal, shipping)

    @delete("/{shipment_id:uuid}", status_code=200, operation_id="CancelShippingRequest")
    async def cancel(self, shipment_id: UUID, principal: Principal, shipping: Shipping) -> ShipmentView:
        """Withdraw a shipping request. It stays readable as cancelled."""
        return await cancel_shipment(shipment_id, principal, shipping)
