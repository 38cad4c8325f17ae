"""A running shipping service with peers that answer, a driver and a vehicle."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import SetOrderShippingResponse
from bunmart.shipping.v1 import shipping_pb2 as pb
from bunmart.shipping.v1.shipping_pb2_grpc import ShippingServiceStub
from bunmart.user.v1.user_pb2 import GetUserResponse, UserInfo

from tests.support import FakePeers, ServiceHarness, StartService, Tokens

ADDRESS = {
    "recipient": "Ada Lovelace",
    "line1": "Lange Str. 1",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "phone": "+4915112345678",
}


def new() -> str:
    return str(uuid4())


@dataclass
class Shipping:
    """The service, and what most tests need of it."""

    harness: ServiceHarness
    tokens: Tokens
    driver_account: str
    driver_id: str
    vehicle_id: str

    @property
    def http(self) -> httpx.AsyncClient:
        return self.harness.http

    @property
    def stub(self) -> Any:
        return self.harness.stub(ShippingServiceStub)

    @property
    def admin(self) -> dict[str, str]:
        return self.tokens.auth("admin")

    @property
    def driver(self) -> dict[str, str]:
        return self.tokens.auth("driver", self.driver_account)

    @property
    def details(self) -> dict[str, str]:
        return {"driver_id": self.driver_id, "vehicle_id": self.vehicle_id}

    def request(self, **changes: Any) -> pb.CreateShipmentRequest:
        fields = {
            "order_id": new(),
            "user_id": new(),
            "shipping_address_id": new(),
            "product_ids": [new()],
            **changes,
        }
        return pb.CreateShipmentRequest(**fields)

    async def create(self, **changes: Any) -> str:
        return str((await self.stub.CreateShipment(self.request(**changes))).shipment_id)

    async def submit(self, shipment_id: str, **changes: Any) -> httpx.Response:
        body = {**self.details, **changes}
        return await self.http.put(f"/api/shipments/{shipment_id}", json=body, headers=self.admin)

    async def move(
        self, shipment_id: str, status: str, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        path = f"/api/shipments/{shipment_id}/status"
        return await self.http.put(path, json={"status": status}, headers=headers or self.admin)

    async def row(self, shipment_id: str) -> dict[str, Any]:
        return dict(
            await self.harness.database.fetchrow("SELECT * FROM shipments WHERE id = $1", shipment_id) or {}
        )

    async def jobs(self) -> list[str]:
        rows = await self.harness.database.fetch("SELECT entrypoint FROM pgqueuer ORDER BY id")
        return [row["entrypoint"] for row in rows]

    async def add_driver(self) -> tuple[str, dict[str, str]]:
        """Another driver: id and headers."""
        account = new()
        body = {"name": "Ben", "user_id": account}
        created = await self.http.post("/api/drivers", json=body, headers=self.admin)
        return created.json()["driver_id"], self.tokens.auth("driver", account)


StartShipping = Callable[..., Awaitable[Shipping]]


@pytest.fixture
def friendly_peers(peers: FakePeers) -> FakePeers:
    peers.answer("SetOrderShipping", SetOrderShippingResponse(updated=True))
    peers.answer("SendNotification", SendNotificationResponse(status="SENT"))
    peers.answer("GetUser", GetUserResponse(user=UserInfo(display_name="Ada", phone="+4915112345678")))
    return peers


@pytest.fixture
async def start_shipping(
    start_service: StartService, friendly_peers: FakePeers, tokens: Tokens
) -> StartShipping:
    async def start(**settings: Any) -> Shipping:
        harness = await start_service("shipping", **settings)
        account, admin = new(), tokens.auth("admin")
        driver = await harness.http.post(
            "/api/drivers", json={"name": "Dora", "user_id": account}, headers=admin
        )
        vehicle = await harness.http.post(
            "/api/vehicles", json={"plate": "BM-1", "kind": "VAN"}, headers=admin
        )
        assert (driver.status_code, vehicle.status_code) == (201, 201), driver.text + vehicle.text
        return Shipping(harness, tokens, account, driver.json()["driver_id"], vehicle.json()["vehicle_id"])

    return start


@pytest.fixture
async def shipping(start_shipping: StartShipping) -> Shipping:
    return await start_shipping()
