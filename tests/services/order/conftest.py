"""An order service whose peers agree to everything."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.cart.v1.cart_pb2 import InvalidateCartResponse, RestoreCartResponse
from bunmart.kitchen.v1.kitchen_pb2 import CancelProductionOrderResponse, CreateProductionOrderResponse
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1 import order_pb2
from bunmart.order.v1.order_pb2_grpc import OrderServiceStub
from bunmart.payment.v1.payment_pb2 import (
    CloseOrderPaymentsResponse,
    CreatePaymentIntentResponse,
    GetPaymentStatusResponse,
    RefundOrderRequest,
    RefundOrderResponse,
)
from bunmart.pricing.v1.pricing_pb2 import (
    CalculateOrderPricingRequest,
    CalculateOrderPricingResponse,
    GetPricesRequest,
    GetPricesResponse,
    PriceInfo,
    ReserveOrderPricingRequest,
    ReserveOrderPricingResponse,
    SettleOrderPricingRequest,
    SettleOrderPricingResponse,
)
from bunmart.shipping.v1.shipping_pb2 import CancelShipmentResponse, CreateShipmentResponse
from bunmart.user.v1.user_pb2 import (
    AddressInfo,
    GetUserAddressesResponse,
    GetUserResponse,
    UserInfo,
    ValidateUserResponse,
)
from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.outbox import JobPayload
from bunmart_chassis.rpc import Peers
from bunmart_order.clients import Clients
from bunmart_order.service import Orders
from bunmart_order.settings import Settings

from tests.support import FakePeers, StartService, Tokens

USER = uuid4()
ADDRESS = uuid4()
BILLING = uuid4()
BUN, ROLL, UNPRICED = uuid4(), uuid4(), uuid4()
NAMES = {str(BUN): "Bun", str(ROLL): "Roll"}
PAYMENT, PRODUCTION, SHIPMENT = uuid4(), uuid4(), uuid4()


def price(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
    """Every piece costs 2.50 with 7 % tax; SAVE1 takes 1.00 off; delivery costs 4.90 with 19 % below 30.00.

    UNPRICED has no price.
    """
    if str(UNPRICED) in [item.product_id for item in request.items]:
        raise NotFoundError("No price.", code="PRICE_NOT_FOUND", metadata={"product_id": str(UNPRICED)})
    cents = [item.quantity * 250 for item in request.items]
    off = 100 if "SAVE1" in request.coupon_codes else 0
    shares = [off] + [0] * (len(cents) - 1)
    lines = [
        CalculateOrderPricingResponse.LineResult(
            product_id=item.product_id,
            quantity=item.quantity,
            unit_price="2.50",
            line_total=euros(value),
            discount_total=euros(share),
            tax_rate="7",
            tax_total=euros(tax(value - share, 7)),
            name=NAMES.get(item.product_id, "Cake"),
            unit="piece",
            allergens=["gluten"],
        )
        for item, value, share in zip(request.items, cents, shares, strict=True)
    ]
    goods, delivery = sum(cents), 490 if sum(cents) < 3000 else 0
    line_tax = sum(tax(value - share, 7) for value, share in zip(cents, shares, strict=True))
    discount = CalculateOrderPricingResponse.AppliedDiscount(
        description="One euro off", amount="1.00", coupon_code="SAVE1"
    )
    return CalculateOrderPricingResponse(
        lines=lines,
        subtotal=euros(goods),
        discount_total=euros(off),
        total=euros(goods - off),
        currency_code="EUR",
        delivery_total=euros(delivery),
        grand_total=euros(goods - off + delivery),
        tax_total=euros(line_tax + tax(delivery, 19)),
        delivery_tax_total=euros(tax(delivery, 19)),
        delivery_tax_rate="19",
        discounts=[discount] if off else [],
    )


def euros(cents: int) -> str:
    """Write an amount."""
    return f"{cents / 100:.2f}"


def tax(cents: int, percent: int) -> int:
    """The tax that an amount contains, in cents."""
    return round(cents - cents / (1 + percent / 100))


class Pricing:
    """The fake of pricing: what it has reserved and counted, as the contract says."""

    def __init__(self, peers: FakePeers) -> None:
        self.price = price
        self.settled: list[str] = []
        peers.answer("GetPrices", self.get_prices)
        peers.answer("CalculateOrderPricing", self.calculate)
        peers.answer("ReserveOrderPricing", self.reserve)
        peers.answer("SettleOrderPricing", self.settle)

    def get_prices(self, request: GetPricesRequest) -> GetPricesResponse:
        """All products but UNPRICED have a price."""
        return GetPricesResponse(
            prices=[
                PriceInfo(product_id=product_id, unit_price="2.50", currency_code="EUR", minimum_quantity=1)
                for product_id in request.product_ids
                if product_id != str(UNPRICED)
            ]
        )

    def calculate(self, request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
        """The price as it is now."""
        return self.price(request)

    def reserve(self, request: ReserveOrderPricingRequest) -> ReserveOrderPricingResponse:
        """Reserve if total and tax are the expected ones."""
        pricing = self.price(request.order)
        expected = (request.expected_total, request.expected_tax_total or pricing.tax_total)
        return ReserveOrderPricingResponse(
            pricing=pricing, reserved=(pricing.grand_total, pricing.tax_total) == expected
        )

    def settle(self, request: SettleOrderPricingRequest) -> SettleOrderPricingResponse:
        """Record the outcome."""
        self.settled.append(request.outcome)
        return SettleOrderPricingResponse(acknowledged=True)


class Shop:
    """The order service under test, and the steps that lead to a state."""

    def __init__(self, service: Any, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.pricing: Pricing
        self.stub = service.stub(OrderServiceStub)
        self.http = service.http
        self.database = service.database
        self.customer = tokens.auth("customer", USER)
        self.stranger = tokens.auth("customer", uuid4())
        self.admin = tokens.auth("admin")

    async def intent(self, cart_id: UUID | None = None, note: str = "", bun_note: str = "") -> str:
        """An order intent of 2 buns and 1 roll."""
        line = order_pb2.CreateOrderIntentRequest.CartLine
        response = await self.stub.CreateOrderIntent(
            order_pb2.CreateOrderIntentRequest(
                user_id=str(USER),
                items=[
                    line(product_id=str(BUN), quantity=2, note=bun_note),
                    line(product_id=str(ROLL), quantity=1),
                ],
                cart_id=str(cart_id or ""),
                note=note,
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

    async def payment_result(self, order_id: str, status: str, refunded_total: str = "") -> None:
        """Report the outcome of a payment, as payment does."""
        await self.stub.NotifyPaymentResult(
            order_pb2.NotifyPaymentResultRequest(
                order_id=order_id, payment_id=str(PAYMENT), status=status, refunded_total=refunded_total
            )
        )

    async def cancel(self, order_id: str, headers: dict[str, str], reason: str = "") -> Any:
        """Cancel an order."""
        return await self.http.post(
            f"/api/orders/{order_id}/cancel", json={"reason": reason}, headers=headers
        )

    async def read(self, order_id: str) -> dict[str, Any]:
        """Read an order as an admin."""
        response = await self.http.get(f"/api/orders/{order_id}", headers=self.admin)
        answer: dict[str, Any] = response.json()
        return answer

    async def at(self, status: str) -> str:
        """An order in a state, reached as orders reach it."""
        order_id = await self.intent()
        if status == "pending":
            return order_id
        await self.details(order_id)
        await self.pay(order_id)
        steps: dict[str, Callable[[str], Awaitable[Any]]] = {
            "production": self.produce,
            "prepared": self.prepared,
            "packed": lambda order_id: self.set_status(order_id, "packed"),
            "shipping": lambda order_id: self.shipping(order_id, "shipping"),
            "shipped": lambda order_id: self.shipping(order_id, "shipped"),
            "completed": lambda order_id: self.set_status(order_id, "completed"),
        }
        for state, step in steps.items() if status != "paid" else ():
            await step(order_id)
            if state == status:
                break
        assert await self.status(order_id) == status
        return order_id

    async def produce(self, order_id: str) -> Any:
        """Start production as an admin."""
        return await self.http.post(f"/api/orders/{order_id}/produce", headers=self.admin)

    async def prepared(self, order_id: str) -> None:
        """Report the end of the production, as kitchen does."""
        await self.stub.NotifyOrderPrepared(
            order_pb2.NotifyOrderPreparedRequest(production_order_id=str(PRODUCTION), user_order_id=order_id)
        )

    async def shipping(self, order_id: str, status: str, shipment_id: UUID = SHIPMENT) -> None:
        """Report how far the shipment is, as shipping does."""
        await self.stub.SetOrderShipping(
            order_pb2.SetOrderShippingRequest(shipment_id=str(shipment_id), order_id=order_id, status=status)
        )

    async def paid(self) -> str:
        """A paid order."""
        return await self.at("paid")

    async def packed(self) -> str:
        """A packed order."""
        return await self.at("packed")

    async def set_status(self, order_id: str, status: str) -> Any:
        """Set a state as an admin."""
        return await self.http.put(
            f"/api/orders/{order_id}/status", json={"status": status}, headers=self.admin
        )

    async def rerun(self, *jobs: JobPayload) -> None:
        """Run jobs once more."""
        async with self.database.transaction() as unit:
            for job in jobs:
                unit.enqueue(job)
        await self.service.settle()

    async def sweep(self) -> None:
        """Run the schedule that ends unpaid orders."""
        async with self.use_cases() as orders:
            await orders.expire_unpaid()

    @asynccontextmanager
    async def use_cases(self) -> AsyncIterator[Orders]:
        """The use cases that jobs call, on the database of the service."""
        settings = Settings(peer_target=self.peers.target)
        peers = Peers(settings.peer_target)
        yield Orders(self.database, Clients(peers), settings)
        await peers.close()

    async def status(self, order_id: str) -> str:
        """Read the state as another service does."""
        response = await self.stub.GetOrderStatus(order_pb2.GetOrderStatusRequest(order_id=order_id))
        status: str = response.status
        return status


def refund(request: RefundOrderRequest) -> RefundOrderResponse:
    """Payment takes every refund and carries it out later."""
    return RefundOrderResponse(refund_id=request.refund_id, status="PENDING", amount=request.amount)


@pytest.fixture
async def open_shop(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> Callable[..., Awaitable[Shop]]:
    """``await open_shop(quote_lifetime_seconds=0)``: the order service with settings of a test's own."""

    async def start(**settings: Any) -> Shop:
        return Shop(await start_service("order", **settings), peers, tokens)

    return start


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]], peers: FakePeers) -> Shop:
    """The order service; its peers agree to everything."""
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("GetUser", GetUserResponse(user=UserInfo(user_id=str(USER), display_name="Ada")))
    names = {"user_id": str(USER), "city": "Berlin", "postal_code": "10115", "country": "DE"}
    addresses = [
        AddressInfo(address_id=str(ADDRESS), line1="1 Oven St", type="SHIPPING", **names),
        AddressInfo(address_id=str(BILLING), line1="2 Bank St", type="BILLING", **names),
    ]
    peers.answer("GetUserAddresses", GetUserAddressesResponse(addresses=addresses))
    peers.answer("CloseOrderPayments", CloseOrderPaymentsResponse(held="0.00"))
    peers.answer("GetPaymentStatus", GetPaymentStatusResponse(status="PENDING"))
    peers.answer("RefundOrder", refund)
    peers.answer("CancelProductionOrder", CancelProductionOrderResponse(stopped=True, phase="CANCELLED"))
    peers.answer("CancelShipment", CancelShipmentResponse(stopped=True))
    peers.answer("RestoreCart", RestoreCartResponse(restored=True))
    peers.answer(
        "CreatePaymentIntent",
        CreatePaymentIntentResponse(payment_id=str(PAYMENT), client_secret="secret", status="PENDING"),
    )
    peers.answer("CreateProductionOrder", CreateProductionOrderResponse(production_order_id=str(PRODUCTION)))
    peers.answer("CreateShipment", CreateShipmentResponse(shipment_id=str(SHIPMENT), status="PENDING"))
    peers.answer("InvalidateCart", InvalidateCartResponse(invalidated=True))
    peers.answer("SendNotification", SendNotificationResponse(notification_id="n", status="QUEUED"))
    pricing = Pricing(peers)
    shop = await open_shop()
    shop.pricing = pricing
    return shop
