"""An order service whose peers agree to everything."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.cart.v1.cart_pb2 import InvalidateCartResponse
from bunmart.kitchen.v1.kitchen_pb2 import CreateProductionOrderResponse
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1 import order_pb2
from bunmart.order.v1.order_pb2_grpc import OrderServiceStub
from bunmart.payment.v1.payment_pb2 import CreatePaymentIntentResponse
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingRequest, CalculateOrderPricingResponse
from bunmart.shipping.v1.shipping_pb2 import CreateShipmentResponse
from bunmart.user.v1.user_pb2 import (
    AddressInfo,
    GetUserAddressesResponse,
    GetUserResponse,
    UserInfo,
    ValidateUserResponse,
)

from tests.support import FakePeers, StartService, Tokens

USER = uuid4()
ADDRESS = uuid4()
BUN, ROLL = uuid4(), uuid4()
PAYMENT, PRODUCTION, SHIPMENT = uuid4(), uuid4(), uuid4()


def price(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
    """Every piece costs 2.50; the coupon SAVE1 takes 1.00 off."""
    lines = [
        CalculateOrderPricingResponse.LineResult(
            product_id=item.product_id,
            quantity=item.quantity,
            unit_price="2.50",
            line_total=f"{item.quantity * 2.5:.2f}",
        )
        for item in request.items
    ]
    subtotal = sum(item.quantity for item in request.items) * 2.5
    discount = 1.0 if "SAVE1" in request.coupon_codes else 0.0
    return CalculateOrderPricingResponse(
        lines=lines,
        subtotal=f"{subtotal:.2f}",
        discount_total=f"{discount:.2f}",
        total=f"{subtotal - discount:.2f}",
        currency_code="EUR",
    )


class Shop:
    """The order service under test, and the steps that lead to a state."""

    def __init__(self, service: Any, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.stub = service.stub(OrderServiceStub)
        self.http = service.http
        self.database = service.database
        self.customer = tokens.auth("customer", USER)
        self.stranger = tokens.auth("customer", uuid4())
        self.admin = tokens.auth("admin")

    async def intent(self, cart_id: UUID | None = None) -> str:
        """An order intent of 2 buns and 1 roll."""
        line = order_pb2.CreateOrderIntentRequest.CartLine
        response = await self.stub.CreateOrderIntent(
            order_pb2.CreateOrderIntentRequest(
                user_id=str(USER),
                items=[line(product_id=str(BUN), quantity=2), line(product_id=str(ROLL), quantity=1)],
                cart_id=str(cart_id or ""),
            )
        )
        order_id: str = response.order_id
        return order_id

    async def details(self, order_id: str, coupons: list[str] | None = None) -> dict[str, Any]:
        """The order with address and prices."""
        body = {"address_id": str(ADDRESS), "coupon_codes": coupons or []}
        response = await self.http.put(f"/api/orders/{order_id}/details", json=body, headers=self.customer)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def pay(self, order_id: str) -> None:
        """Request payment and report its success."""
        response = await self.http.post(f"/api/orders/{order_id}/request-payment", headers=self.customer)
        assert response.status_code == 200, response.text
        await self.payment_result(order_id, "SUCCEEDED")

    async def payment_result(self, order_id: str, status: str, payment_id: UUID = PAYMENT) -> None:
        """Report the outcome of a payment, as payment does."""
        await self.stub.NotifyPaymentResult(
            order_pb2.NotifyPaymentResultRequest(order_id=order_id, payment_id=str(payment_id), status=status)
        )

    async def paid(self) -> str:
        """A paid order."""
        order_id = await self.intent()
        await self.details(order_id)
        await self.pay(order_id)
        return order_id

    async def packed(self) -> str:
        """A packed order."""
        order_id = await self.paid()
        await self.http.post(f"/api/orders/{order_id}/produce", headers=self.admin)
        await self.stub.NotifyOrderPrepared(
            order_pb2.NotifyOrderPreparedRequest(production_order_id=str(PRODUCTION), user_order_id=order_id)
        )
        await self.set_status(order_id, "packed")
        return order_id

    async def set_status(self, order_id: str, status: str) -> Any:
        """Set a state as an admin."""
        return await self.http.put(
            f"/api/orders/{order_id}/status", json={"status": status}, headers=self.admin
        )

    async def status(self, order_id: str) -> str:
        """Read the state as another service does."""
        response = await self.stub.GetOrderStatus(order_pb2.GetOrderStatusRequest(order_id=order_id))
        status: str = response.status
        return status


@pytest.fixture
async def open_shop(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> Callable[..., Awaitable[Shop]]:
    """``await open_shop(shipping_fee=0)``: the order service with settings of a test's own."""

    async def start(**settings: Any) -> Shop:
        return Shop(await start_service("order", **settings), peers, tokens)

    return start


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]], peers: FakePeers) -> Shop:
    """The order service; its peers agree to everything."""
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("GetUser", GetUserResponse(user=UserInfo(user_id=str(USER), display_name="Ada")))
    address = AddressInfo(
        address_id=str(ADDRESS), user_id=str(USER), line1="1 Oven St", city="Berlin", type="SHIPPING"
    )
    peers.answer("GetUserAddresses", GetUserAddressesResponse(addresses=[address]))
    peers.answer("CalculateOrderPricing", price)
    peers.answer(
        "CreatePaymentIntent",
        CreatePaymentIntentResponse(payment_id=str(PAYMENT), client_secret="secret", status="PENDING"),
    )
    peers.answer("CreateProductionOrder", CreateProductionOrderResponse(production_order_id=str(PRODUCTION)))
    peers.answer("CreateShipment", CreateShipmentResponse(shipment_id=str(SHIPMENT), status="PENDING"))
    peers.answer("InvalidateCart", InvalidateCartResponse(invalidated=True))
    peers.answer("SendNotification", SendNotificationResponse(notification_id="n", status="QUEUED"))
    return await open_shop()
