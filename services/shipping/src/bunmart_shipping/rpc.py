"""gRPC of the shipping service (proto/bunmart/shipping/v1/shipping.proto)."""

from bunmart.shipping.v1 import shipping_pb2, shipping_pb2_grpc
from bunmart_chassis.context import current
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import (
    optional_line,
    optional_name,
    optional_text,
    require_one_of,
    require_uuid,
    require_uuids,
)

from bunmart_shipping.domain import (
    MAX_ADDRESS_PART,
    MAX_CARRIER,
    MAX_NOTES,
    MAX_ORDER_NUMBER,
    MAX_PRODUCTS,
    MAX_REASON,
    Actor,
    Address,
    Parcel,
    ShipmentStatus,
    is_stopped,
)
from bunmart_shipping.service import Shipping

SERVICE = shipping_pb2.DESCRIPTOR.services_by_name["ShippingService"].full_name
_STATUSES = tuple(ShipmentStatus)


def _caller() -> Actor:
    """Return the calling service as an actor. The mesh's call policy decided that it may call."""
    call = current()
    return Actor(call.caller if call else "local", is_admin=True)


class ShippingServicer(shipping_pb2_grpc.ShippingServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, shipping: Shipping) -> None:
        self._shipping = shipping

    async def CreateShipment(
        self, request: shipping_pb2.CreateShipmentRequest, context: Context
    ) -> shipping_pb2.CreateShipmentResponse:
        """Create a shipment; order calls this when an admin presses Shipped."""
        shipment = await self._shipping.create(
            unit_of(context),
            require_uuid("order_id", request.order_id),
            _parcel(request),
            actor=_caller(),
        )
        return shipping_pb2.CreateShipmentResponse(
            shipment_id=str(shipment.id),
            tracking_number=shipment.tracking_number or "",
            status=shipment.status,
        )

    async def GetShipmentStatus(
        self, request: shipping_pb2.GetShipmentStatusRequest, context: Context
    ) -> shipping_pb2.GetShipmentStatusResponse:
        """Read the state of a shipment."""
        shipment = await self._shipping.get(require_uuid("shipment_id", request.shipment_id))
        response = shipping_pb2.GetShipmentStatusResponse(
            shipment_id=str(shipment.id),
            order_id=str(shipment.order_id or ""),
            tracking_number=shipment.tracking_number or "",
            status=shipment.status,
        )
        if shipment.estimated_delivery is not None:
            response.estimated_delivery.FromDatetime(shipment.estimated_delivery)
        response.updated_at.FromDatetime(shipment.updated_at)
        return response

    async def UpdateShipmentStatus(
        self, request: shipping_pb2.UpdateShipmentStatusRequest, context: Context
    ) -> shipping_pb2.UpdateShipmentStatusResponse:
        """Move a shipment, as `PUT /api/shipments/{id}/status`."""
        await self._shipping.set_status(
            unit_of(context),
            require_uuid("shipment_id", request.shipment_id),
            require_one_of("status", request.status, _STATUSES),
            actor=_caller(),
        )
        return shipping_pb2.UpdateShipmentStatusResponse(updated=True)

    async def CancelShipment(
        self, request: shipping_pb2.CancelShipmentRequest, context: Context
    ) -> shipping_pb2.CancelShipmentResponse:
        """End the shipment of an order; order calls this when it is cancelled, or its money goes back."""
        shipment = await self._shipping.cancel_of(
            unit_of(context),
            require_uuid("order_id", request.order_id),
            actor=_caller(),
            reason=optional_text("reason", request.reason, most=MAX_REASON),
            still_shipping=request.still_shipping,
        )
        return shipping_pb2.CancelShipmentResponse(
            stopped=is_stopped(shipment), status="" if shipment is None else shipment.status
        )


def _parcel(request: shipping_pb2.CreateShipmentRequest) -> Parcel:
    products = request.product_ids
    return Parcel(
        user_id=require_uuid("user_id", request.user_id),
        shipping_address_id=require_uuid("shipping_address_id", request.shipping_address_id),
        product_ids=require_uuids("product_ids", products, most=MAX_PRODUCTS) if products else [],
        carrier=optional_line("carrier", request.carrier, most=MAX_CARRIER),
        order_number=optional_line("order_number", request.order_number, most=MAX_ORDER_NUMBER),
        order_note=optional_text("note", request.note, most=MAX_NOTES),
        address=_address(request.address) if request.HasField("address") else None,
    )


def _address(address: shipping_pb2.ShippingAddress) -> Address:
    return Address(
        recipient=optional_name("address.recipient", address.recipient, most=MAX_ADDRESS_PART),
        **{
            name: optional_line(f"address.{name}", getattr(address, name), most=MAX_ADDRESS_PART)
            for name in Address.__struct_fields__
            if name != "recipient"
        },
    )
