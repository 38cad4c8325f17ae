"""gRPC of the order service (brief, "Order Service — gRPC contract")."""

from uuid import UUID

from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart_chassis.context import current
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Context
from bunmart_chassis.validation import (
    optional_uuid,
    require_one_of,
    require_quantity,
    require_text,
    require_uuid,
)

from bunmart_order.domain import Order, OrderStatus
from bunmart_order.service import FullOrder, Orders

SERVICE = order_pb2.DESCRIPTOR.services_by_name["OrderService"].full_name
_MAX_LINES = 100
_SHIPPING_STATES = (OrderStatus.SHIPPING, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
_PAYMENT_RESULTS = ("SUCCEEDED", "FAILED", "REFUNDED")


def _caller() -> str:
    call = current()
    return call.caller if call else "local"


class OrderServicer(order_pb2_grpc.OrderServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    async def CreateOrderIntent(
        self, request: order_pb2.CreateOrderIntentRequest, context: Context
    ) -> order_pb2.CreateOrderIntentResponse:
        """Cart, at checkout."""
        user_id = require_uuid("user_id", request.user_id)
        if not 1 <= len(request.items) <= _MAX_LINES:
            raise InvalidArgumentError.field("items", f"must have 1 to {_MAX_LINES} entries")
        items = [
            (
                require_uuid(f"items[{index}].product_id", item.product_id),
                require_quantity(f"items[{index}].quantity", item.quantity),
            )
            for index, item in enumerate(request.items)
        ]
        cart_id = optional_uuid("cart_id", request.cart_id)
        order = await self._orders.create_intent(user_id, items, cart_id, actor=_caller())
        return order_pb2.CreateOrderIntentResponse(order_id=str(order.id))

    async def GetOrder(
        self, request: order_pb2.GetOrderRequest, context: Context
    ) -> order_pb2.GetOrderResponse:
        """One order with its lines."""
        full = await self._orders.get(require_uuid("order_id", request.order_id))
        return order_pb2.GetOrderResponse(order=order_info(full))

    async def GetOrderStatus(
        self, request: order_pb2.GetOrderStatusRequest, context: Context
    ) -> order_pb2.GetOrderStatusResponse:
        """Only the state."""
        order = await self._orders.status(require_uuid("order_id", request.order_id))
        response = order_pb2.GetOrderStatusResponse(order_id=str(order.id), status=order.status)
        response.updated_at.FromDatetime(order.updated_at)
        return response

    async def UpdateOrderWithDetails(
        self, request: order_pb2.UpdateOrderWithDetailsRequest, context: Context
    ) -> order_pb2.UpdateOrderWithDetailsResponse:
        """Prices, coupons and address, as `PUT /api/orders/{id}/details`."""
        full = await self._orders.set_details(
            await self._orders.get(require_uuid("order_id", request.order_id)),
            coupon_codes=[
                require_text(f"coupon_codes[{index}]", code, most=40)
                for index, code in enumerate(request.coupon_codes)
            ],
            address_id=require_uuid("address_id", request.address_id),
            billing_address_id=None,
        )
        return order_pb2.UpdateOrderWithDetailsResponse(order=order_info(full))

    async def RequestPaymentIntent(
        self, request: order_pb2.RequestPaymentIntentRequest, context: Context
    ) -> order_pb2.RequestPaymentIntentResponse:
        """Pay, as `POST /api/orders/{id}/request-payment`."""
        order = await self._orders.status(require_uuid("order_id", request.order_id))
        payment = await self._orders.request_payment(order, actor=_caller())
        return order_pb2.RequestPaymentIntentResponse(
            payment_intent_id=str(payment.payment_id or ""), client_secret=payment.client_secret
        )

    async def NotifyOrderPrepared(
        self, request: order_pb2.NotifyOrderPreparedRequest, context: Context
    ) -> order_pb2.NotifyOrderPreparedResponse:
        """Kitchen, when production is completed."""
        production_order_id = require_uuid("production_order_id", request.production_order_id)
        await self._orders.report(
            require_uuid("user_order_id", request.user_order_id),
            OrderStatus.PREPARED,
            actor=_caller(),
            reason=f"production order {production_order_id}",
        )
        return order_pb2.NotifyOrderPreparedResponse(acknowledged=True)

    async def SetOrderShipping(
        self, request: order_pb2.SetOrderShippingRequest, context: Context
    ) -> order_pb2.SetOrderShippingResponse:
        """Shipping, when details are submitted and when it is delivered."""
        shipment_id = require_uuid("shipment_id", request.shipment_id)
        await self._orders.report(
            require_uuid("order_id", request.order_id),
            require_one_of("status", request.status, _SHIPPING_STATES),
            actor=_caller(),
            reason=f"shipment {shipment_id}",
        )
        return order_pb2.SetOrderShippingResponse(updated=True)

    async def NotifyPaymentResult(
        self, request: order_pb2.NotifyPaymentResultRequest, context: Context
    ) -> order_pb2.NotifyPaymentResultResponse:
        """Payment, after a webhook."""
        await self._orders.record_payment_result(
            require_uuid("order_id", request.order_id),
            require_uuid("payment_id", request.payment_id),
            require_one_of("status", request.status, _PAYMENT_RESULTS),
            actor=_caller(),
        )
        return order_pb2.NotifyPaymentResultResponse(acknowledged=True)

    async def ValidateOrderDeliveredForUser(
        self, request: order_pb2.ValidateOrderDeliveredForUserRequest, context: Context
    ) -> order_pb2.ValidateOrderDeliveredForUserResponse:
        """Review, before it accepts one."""
        found = await self._orders.delivered_order(
            require_uuid("user_id", request.user_id), require_uuid("product_id", request.product_id)
        )
        return order_pb2.ValidateOrderDeliveredForUserResponse(
            delivered=found is not None, order_id=str(found or "")
        )


def order_info(full: FullOrder) -> order_pb2.OrderInfo:
    """Present an order; amounts are empty until it has its details."""
    order = full.order
    info = order_pb2.OrderInfo(
        order_id=str(order.id),
        user_id=str(order.user_id),
        status=order.status,
        lines=[
            order_pb2.OrderLineInfo(
                product_id=str(line.product_id),
                quantity=line.quantity,
                unit_price="" if line.unit_price is None else to_wire(line.unit_price),
                line_total="" if line.line_total is None else to_wire(line.line_total),
            )
            for line in full.lines
        ],
        currency_code=order.currency_code,
        shipping_address_id=_id(order.shipping_address_id),
    )
    _set_totals(info, order)
    info.created_at.FromDatetime(order.created_at)
    info.updated_at.FromDatetime(order.updated_at)
    return info


def _set_totals(info: order_pb2.OrderInfo, order: Order) -> None:
    for name in ("subtotal", "discount_total", "shipping_total", "total"):
        if (amount := getattr(order, name)) is not None:
            setattr(info, name, to_wire(amount))


def _id(value: UUID | None) -> str:
    return "" if value is None else str(value)
