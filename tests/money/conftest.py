"""Order, pricing and payment with Stripe's emulator, each real, and a fake of every other service."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from bunmart.cart.v1.cart_pb2 import RestoreCartResponse
from bunmart.kitchen.v1.kitchen_pb2 import CancelProductionOrderResponse
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1 import order_pb2
from bunmart.order.v1.order_pb2_grpc import OrderServiceStub
from bunmart.product.v1.product_pb2 import SaleProduct, ValidateProductsRequest, ValidateProductsResponse
from bunmart.shipping.v1.shipping_pb2 import CancelShipmentResponse
from bunmart.user.v1.user_pb2 import (
    AddressInfo,
    GetUserAddressesResponse,
    GetUserRequest,
    GetUserResponse,
    UserInfo,
    ValidateUserResponse,
)
from bunmart_chassis.rpc.status import from_rpc_error
from bunmart_dev.free_ports import free_port
from google.protobuf import message_factory
from google.protobuf.message import Message

from tests.support import FakePeers, ServiceHarness, StartService, Tokens, until
from tests.support.stripe import API_KEY, WEBHOOK_SECRET, Provider, open_provider

BREAD, COFFEE, CANDLE, DRINKS, ADDRESS = (uuid4() for _ in range(5))
SOLD = {
    str(BREAD): {"name": "Bread", "tax_category": "food"},
    str(COFFEE): {"name": "Coffee", "tax_category": "beverage", "category_id": str(DRINKS)},
    str(CANDLE): {"name": "Candle", "tax_category": "candles"},
}
CURRENCIES = {
    "EUR": {"delivery_fee": "4.90", "free_from": "30.00"},
    "USD": {"delivery_fee": "5.50"},
    "JPY": {"delivery_fee": "600", "free_from": "4000"},
}
PATHS = {"price": "prices", "campaign": "campaigns", "discount": "discounts", "coupon": "coupons"}


class Shop:
    """The three services that handle money, and the people who use them."""

    def __init__(
        self,
        order: ServiceHarness,
        pricing: ServiceHarness,
        payment: ServiceHarness,
        provider: Provider,
        peers: FakePeers,
        tokens: Tokens,
    ) -> None:
        self.order, self.pricing, self.payment = order, pricing, payment
        self.provider = provider
        self.peers = peers
        self.tokens = tokens
        self.admin = tokens.auth("admin")
        self.user = uuid4()

    @property
    def customer(self) -> dict[str, str]:
        """Headers of the customer."""
        return self.tokens.auth("customer", self.user)

    async def add(self, noun: str, **body: Any) -> str:
        """The id of a new price, campaign, discount or coupon."""
        answer = await self.pricing.http.post(f"/api/{PATHS[noun]}", json=body, headers=self.admin)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()[f"{noun}_id"]
        return found

    async def intent(self, *items: tuple[UUID, int], user: UUID | None = None) -> str:
        """An order intent."""
        line = order_pb2.CreateOrderIntentRequest.CartLine
        answer = await self.order.stub(OrderServiceStub).CreateOrderIntent(
            order_pb2.CreateOrderIntentRequest(
                user_id=str(user or self.user),
                items=[line(product_id=str(product), quantity=quantity) for product, quantity in items],
            )
        )
        return str(answer.order_id)

    async def details(self, order_id: str, *coupons: str, **more: Any) -> httpx.Response:
        """Set address and coupons."""
        body = {"address_id": str(ADDRESS), "coupon_codes": list(coupons), **more}
        return await self.order.http.put(f"/api/orders/{order_id}/details", json=body, headers=self.admin)

    async def pay(self, order_id: str) -> httpx.Response:
        """Press Pay."""
        return await self.order.http.post(f"/api/orders/{order_id}/request-payment", headers=self.admin)

    async def read(self, order_id: str) -> dict[str, Any]:
        """The order as an admin sees it."""
        answer = await self.order.http.get(f"/api/orders/{order_id}", headers=self.admin)
        found: dict[str, Any] = answer.json()
        return found

    async def refund(self, order_id: str, **body: Any) -> httpx.Response:
        """Give money back."""
        return await self.order.http.post(
            f"/api/orders/{order_id}/refunds", json={"reason": "sorry", **body}, headers=self.admin
        )

    async def cancel(self, order_id: str) -> httpx.Response:
        """Cancel the order."""
        return await self.order.http.post(
            f"/api/orders/{order_id}/cancel", json={"reason": "no more"}, headers=self.admin
        )

    async def refunds(self, order_id: str) -> list[dict[str, Any]]:
        """The refunds of an order, oldest first."""
        answer = await self.order.http.get(f"/api/orders/{order_id}/refunds", headers=self.admin)
        found: list[dict[str, Any]] = answer.json()
        return found

    async def bought(self, *items: tuple[UUID, int], coupons: tuple[str, ...] = ()) -> str:
        """An order that is paid at Stripe, or cost nothing."""
        order_id = await self.intent(*items)
        answer = await self.details(order_id, *coupons)
        assert answer.status_code == 200, answer.text
        await self.buy(order_id)
        return order_id

    async def buy(self, order_id: str) -> None:
        """Press Pay and pay."""
        answer = await self.pay(order_id)
        assert answer.status_code == 200, answer.text
        if secret := answer.json()["client_secret"]:
            paid = await self.provider.pay(secret)
            assert paid.get("status") == "succeeded", paid
        await self.comes_to(order_id, status="paid")

    async def comes_to(self, order_id: str, **wanted: Any) -> dict[str, Any]:
        """Wait until an order has these values, and all jobs are done."""

        async def there() -> bool:
            await self.settle()
            found = await self.read(order_id)
            return all(found[name] == value for name, value in wanted.items())

        await until(there)
        return await self.read(order_id)

    async def settle(self) -> None:
        """Wait until no job of the three services is due."""
        for service in (self.payment, self.order, self.payment, self.order, self.pricing):
            await service.settle()


def connect(peers: FakePeers, name: str, service: ServiceHarness) -> None:
    """Let calls to a peer reach the real one."""
    module = import_module(f"bunmart.{name}.v1.{name}_pb2")
    for contract in module.DESCRIPTOR.services_by_name.values():
        for method in contract.methods:
            call: Any = service.channel.unary_unary(
                f"/{contract.full_name}/{method.name}",
                request_serializer=lambda request: request.SerializeToString(),
                response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
            )
            peers.answer(f"{contract.name}.{method.name}", _forward(call, name))


def _forward(call: Any, name: str) -> Callable[[Message, dict[str, str]], Awaitable[Message]]:
    async def answer(request: Message, metadata: dict[str, str]) -> Message:
        kept = tuple((key, value) for key, value in metadata.items() if key == "idempotency-key")
        try:
            found: Message = await call(request, metadata=kept)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, name) from error
        return found

    return answer


def sold(request: ValidateProductsRequest) -> ValidateProductsResponse:
    """Every product that the shop has."""
    known = [each for each in request.product_ids if each in SOLD]
    return ValidateProductsResponse(
        valid_product_ids=known,
        products=[SaleProduct(product_id=each, unit="piece", **SOLD[each]) for each in known],
    )


def _people(peers: FakePeers) -> None:
    address = AddressInfo(
        address_id=str(ADDRESS), line1="Street 1", city="Town", postal_code="12345", country="DE", type="BOTH"
    )
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("GetUserAddresses", GetUserAddressesResponse(addresses=[address]))

    def user(request: GetUserRequest) -> GetUserResponse:
        return GetUserResponse(user=UserInfo(user_id=request.user_id, display_name="Ada"))

    peers.answer("GetUser", user)
    peers.answer("CancelProductionOrder", CancelProductionOrderResponse(stopped=True))
    peers.answer("RestoreCart", RestoreCartResponse(restored=True))
    peers.answer("CancelShipment", CancelShipmentResponse(stopped=True))
    peers.answer("SendNotification", SendNotificationResponse(notification_id=str(uuid4()), status="QUEUED"))


OpenShop = Callable[..., Awaitable[Shop]]


@pytest.fixture
async def open_shop(start_service: StartService, peers: FakePeers, tokens: Tokens) -> AsyncIterator[OpenShop]:
    """``await open_shop(tax_rates={…})``: the shop with settings of pricing of a test's own."""
    peers.answer("ValidateProducts", sold)
    _people(peers)
    async with contextlib.AsyncExitStack() as stack:

        async def start(**settings: Any) -> Shop:
            port = free_port()
            provider = await stack.enter_async_context(open_provider(port))
            pricing = await start_service("pricing", **{"shop_currencies": CURRENCIES, **settings})
            payment = await start_service(
                "payment",
                stripe_api_key=API_KEY,
                stripe_base_url=provider.url,
                stripe_webhook_secret=WEBHOOK_SECRET,
                http_port=port,
                stripe_retries=0,
            )
            order = await start_service("order")
            for name, service in {"pricing": pricing, "payment": payment, "order": order}.items():
                connect(peers, name, service)
            return Shop(order, pricing, payment, provider, peers, tokens)

        yield start


@pytest.fixture
async def shop(open_shop: OpenShop) -> Shop:
    """The shop."""
    return await open_shop()
