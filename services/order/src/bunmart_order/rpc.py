"""gRPC of the order service (``proto/bunmart/order/v1/order.proto``)."""

from decimal import Decimal
from uuid import UUID

from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart_chassis.context import current
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import (
    optional_text,
    optional_uuid,
    require_amount,
    require_line,
    require_one_of,
    require_quantity,
    require_uuid,
)

from bunmart_order.domain import (
    MAX_NOTE,
    REPORTED_BY_SHIPPING,
    Item,
    Order,
    OrderLine,
    RefundStatus,
    ReportedRefund,
    display_number,
)
from bunmart_order.service import FullOrder, Orders
from bunmart_order.views import given_back, rate_text

SERVICE = order_pb2.DESCRIPTOR.services_by_name["OrderService"].full_name
_MAX_LINES = 100
_SHIPPING_STATES = tuple(REPORTED_BY_SHIPPING)
_REFUND_STATUSES = (RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED)
_MAX_ATTENTION = 500
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
        """Create an order intent; cart calls this at checkout."""
        user_id = require_uuid("user_id", request.user_id)
        if not 1 <= len(request.items) <= _MAX_LINES:
            raise InvalidArgumentError.field("items", f"must have 1 to {_MAX_LINES} entries")
        items = [
            Item(
                require_uuid(f"items[{index}].product_id", item.product_id),
                require_quantity(f"items[{index}].quantity", item.quantity),
                optional_text(f"items[{index}].note", item.note, most=MAX_NOTE),
            )
            for index, item in enumerate(request.items)
        ]
        cart_id = optional_uuid("cart_id", request.cart_id)
        full = await self._orders.create_order_intent(
            unit_of(context),
            user_id,
            items,
            cart_id,
            note=optional_text("note", request.note, most=MAX_NOTE),
            actor=_caller(),
        )
        return order_pb2.CreateOrderIntentResponse(order_id=str(full.order.id))

    async def GetOrder(
        self, request: order_pb2.GetOrderRequest, context: Context
    ) -> order_pb2.GetOrderResponse:
        """Return an order with its lines."""
        full = await self._orders.get(require_uuid("order_id", request.order_id))
        return order_pb2.GetOrderResponse(order=order_info(full))

    async def GetOrderStatus(
        self, request: order_pb2.GetOrderStatusRequest, context: Context
    ) -> order_pb2.GetOrderStatusResponse:
        """Return the state of an order."""
        order = await self._orders.get_without_lines(require_uuid("order_id", request.order_id))
        response = order_pb2.GetOrderStatusResponse(order_id=str(order.id), status=order.status)
        response.updated_at.FromDatetime(order.updated_at)
        return response

    async def UpdateOrderWithDetails(
        self, request: order_pb2.UpdateOrderWithDetailsRequest, context: Context
    ) -> order_pb2.UpdateOrderWithDetailsResponse:
        """Set coupons and address and price the order, as `PUT /api/orders/{id}/details` does."""
        full = await self._orders.set_details(
            unit_of(context),
            await self._orders.get(require_uuid("order_id", request.order_id)),
            coupon_codes=[
                require_line(f"coupon_codes[{index}]", code, most=40)
                for index, code in enumerate(request.coupon_codes)
            ],
            address_id=require_uuid("address_id", request.address_id),
            billing_address_id=None,
            currency=request.currency_code,
        )
        return order_pb2.UpdateOrderWithDetailsResponse(order=order_info(full))

    async def RequestPaymentIntent(
        self, request: order_pb2.RequestPaymentIntentRequest, context: Context
    ) -> order_pb2.RequestPaymentIntentResponse:
        """Open a payment, as `POST /api/orders/{id}/request-payment` does."""
        full = await self._orders.get(require_uuid("order_id", request.order_id))
        payment = await self._orders.request_payment(unit_of(context), full, actor=_caller())
        return order_pb2.RequestPaymentIntentResponse(
            payment_intent_id=str(payment.payment_id or ""), client_secret=payment.client_secret
        )

    async def NotifyOrderPrepared(
        self, request: order_pb2.NotifyOrderPreparedRequest, context: Context
    ) -> order_pb2.NotifyOrderPreparedResponse:
        """Mark an order as prepared; kitchen calls this when a production order is completed."""
        production_order_id = require_uuid("production_order_id", request.production_order_id)
        await self._orders.report_prepared(
            unit_of(context),
            require_uuid("user_order_id", request.user_order_id),
            production_order_id,
            actor=_caller(),
        )
        return order_pb2.NotifyOrderPreparedResponse(acknowledged=True)

    async def SetOrderShipping(
        self, request: order_pb2.SetOrderShippingRequest, context: Context
    ) -> order_pb2.SetOrderShippingResponse:
        """Follow the shipment; shipping calls this when it has its details, is delivered or comes back."""
        shipment_id = require_uuid("shipment_id", request.shipment_id)
        await self._orders.report_shipping(
            unit_of(context),
            require_uuid("order_id", request.order_id),
            shipment_id,
            require_one_of("status", request.status, _SHIPPING_STATES),
            actor=_caller(),
        )
        return order_pb2.SetOrderShippingResponse(updated=True)

    async def NotifyPaymentResult(
        self, request: order_pb2.NotifyPaymentResultRequest, context: Context
    ) -> order_pb2.NotifyPaymentResultResponse:
        """Record a payment's outcome; payment calls this after Stripe's webhook or when an intent expires."""
        await self._orders.record_payment_result(
            unit_of(context),
            require_uuid("order_id", request.order_id),
            require_uuid("payment_id", request.payment_id),
            require_one_of("status", request.status, _PAYMENT_RESULTS),
            refunded_total=(
                require_amount("refunded_total", request.refunded_total) if request.refunded_total else None
            ),
            refunds=[_refund(f"refunds[{index}]", each) for index, each in enumerate(request.refunds)],
            attention=optional_text("attention", request.attention, most=_MAX_ATTENTION),
            actor=_caller(),
        )
        return order_pb2.NotifyPaymentResultResponse(acknowledged=True)

    async def ValidateOrderDeliveredForUser(
        self, request: order_pb2.ValidateOrderDeliveredForUserRequest, context: Context
    ) -> order_pb2.ValidateOrderDeliveredForUserResponse:
        """Tell if a product has reached a user; review calls this before it saves a review."""
        found = await self._orders.find_delivered_order(
            require_uuid("user_id", request.user_id), require_uuid("product_id", request.product_id)
        )
        return order_pb2.ValidateOrderDeliveredForUserResponse(
            delivered=found is not None, order_id=str(found or "")
        )


def _refund(field: str, refund: order_pb2.PaymentRefund) -> ReportedRefund:
    return ReportedRefund(
        refund_id=require_uuid(f"{field}.refund_id", refund.refund_id),
        status=require_one_of(f"{field}.status", refund.status, _REFUND_STATUSES),
        amount=require_amount(f"{field}.amount", refund.amount),
        reason=optional_text(f"{field}.reason", refund.reason, most=_MAX_ATTENTION),
    )


def order_info(full: FullOrder) -> order_pb2.OrderInfo:
    """Present an order; amounts are empty until it has its details."""
    order = full.order
    info = order_pb2.OrderInfo(
        order_id=str(order.id),
        user_id=str(order.user_id),
        status=order.status,
        lines=[_line_info(line) for line in full.lines],
        order_number=display_number(order),
        note=order.note,
        refunded_total=to_wire(given_back(order)),
        currency_code=order.currency_code,
        shipping_address_id=_id(order.shipping_address_id),
    )
    _set_totals(info, order)
    info.created_at.FromDatetime(order.created_at)
    info.updated_at.FromDatetime(order.updated_at)
    return info


def _line_info(line: OrderLine) -> order_pb2.OrderLineInfo:
    return order_pb2.OrderLineInfo(
        product_id=str(line.product_id),
        quantity=line.quantity,
        unit_price=_money(line.unit_price),
        line_total=_money(line.line_total),
        name=line.name or "",
        unit=line.unit or "",
        tax_rate="" if line.tax_rate is None else rate_text(line.tax_rate),
        tax_total=_money(line.tax_total),
        discount_total=_money(line.discount_total),
        note=line.note,
        allergens=line.allergens,
    )


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else to_wire(amount)


def _set_totals(info: order_pb2.OrderInfo, order: Order) -> None:
    for name in ("subtotal", "discount_total", "shipping_total", "tax_total", "total"):
        if (amount := getattr(order, name)) is not None:
            setattr(info, name, to_wire(amount))


def _id(value: UUID | None) -> str:
    return "" if value is None else str(value)
