"""Calls of the order service that arrive once more, however late: a network may repeat what a service sent."""

from collections.abc import Awaitable

import grpc
from bunmart.kitchen.v1 import kitchen_pb2
from bunmart.kitchen.v1.kitchen_pb2_grpc import KitchenServiceStub
from bunmart.payment.v1 import payment_pb2
from bunmart.payment.v1.payment_pb2_grpc import PaymentServiceStub
from bunmart.shipping.v1 import shipping_pb2
from bunmart.shipping.v1.shipping_pb2_grpc import ShippingServiceStub

from tests.life.commands import Answer, Command
from tests.life.picture import look_at
from tests.life.shop import OrderRef, Shop

_REFUSALS = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.NOT_FOUND,
    }
)


async def _arrive(call: Awaitable[object]) -> None:
    """Let a call arrive; it may be refused, and not in any other way."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        assert error.code() in _REFUSALS, error  # noqa: PT017 - other refusals are answers too


async def late_production(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The call for production arrives, of an order that was paid and has gone on, or was cancelled."""
    del pick
    picture = await look_at(shop.system, order.id)
    if "paid" in picture.states[:-1]:
        orders = shop.system.services["order"].database
        lines = await orders.fetch(
            "SELECT * FROM order_lines WHERE order_id = $1 ORDER BY position", order.id
        )
        request = kitchen_pb2.CreateProductionOrderRequest(
            user_order_id=str(order.id),
            lines=[
                kitchen_pb2.ProductionOrderLine(
                    product_id=str(line["product_id"]), quantity=line["quantity"], name=line["name"] or ""
                )
                for line in lines
            ],
        )
        await _arrive(KitchenServiceStub(shop.system.channel("kitchen")).CreateProductionOrder(request))
    return None


async def late_shipment(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The call for delivery arrives, of an order that was packed and has gone on, or was cancelled."""
    del pick
    picture = await look_at(shop.system, order.id)
    if "packed" in picture.states[:-1]:
        request = shipping_pb2.CreateShipmentRequest(
            order_id=str(order.id),
            user_id=str(order.customer.id),
            shipping_address_id=str(order.customer.address_id),
            product_ids=[str(product_id) for product_id in order.ordered],
        )
        await _arrive(ShippingServiceStub(shop.system.channel("shipping")).CreateShipment(request))
    return None


async def late_payment(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The call for the first payment arrives, of an order for which the customer has pressed Pay once."""
    del pick
    picture = await look_at(shop.system, order.id)
    # Payment cannot know that an order whose money is back, but which has not ended, wants none any more.
    is_refunded = picture.order["payment_status"] == "REFUNDED" and picture.status != "cancelled"
    if picture.payments and not is_refunded:
        first = picture.payments[0]
        request = payment_pb2.CreatePaymentIntentRequest(
            order_id=str(order.id),
            amount=str(first["amount"]),
            currency_code=first["currency_code"],
            user_id=str(order.customer.id),
            metadata={"order_id": str(order.id)},
        )
        await _arrive(PaymentServiceStub(shop.system.channel("payment")).CreatePaymentIntent(request))
    return None


LATE: dict[str, Command] = {each.__name__: each for each in (late_production, late_shipment, late_payment)}
