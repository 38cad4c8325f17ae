"""A running kitchen with an order service that acknowledges."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bunmart.kitchen.v1 import kitchen_pb2 as pb
from bunmart.kitchen.v1.kitchen_pb2_grpc import KitchenServiceStub
from bunmart.order.v1.order_pb2 import NotifyOrderPreparedResponse

from tests.support import FakePeers, ServiceHarness, StartService, Tokens

NOTICE = "OrderService.NotifyOrderPrepared"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def new() -> str:
    return str(uuid4())


@dataclass
class Kitchen:
    """The service, and what most tests need of it."""

    harness: ServiceHarness
    tokens: Tokens
    staff: dict[str, str]
    admin: dict[str, str]

    @property
    def http(self) -> httpx.AsyncClient:
        return self.harness.http

    @property
    def stub(self) -> Any:
        return self.harness.stub(KitchenServiceStub)

    def request(
        self, user_order_id: str | None = None, lines: list[tuple[str, int]] | None = None
    ) -> pb.CreateProductionOrderRequest:
        return pb.CreateProductionOrderRequest(
            user_order_id=new() if user_order_id is None else user_order_id,
            lines=[
                pb.ProductionOrderLine(product_id=product, quantity=quantity)
                for product, quantity in ([(new(), 2)] if lines is None else lines)
            ],
        )

    async def create(self, user_order_id: str | None = None) -> str:
        created = await self.stub.CreateProductionOrder(self.request(user_order_id))
        return str(created.production_order_id)

    async def create_by_hand(self) -> str:
        """A production order for goods that nobody ordered."""
        body = {"lines": [{"product_id": new(), "quantity": 2}]}
        made = await self.http.post("/api/production-orders", json=body, headers=self.admin)
        return str(made.json()["production_order_id"])

    async def read(self, order_id: str) -> dict[str, Any]:
        response = await self.http.get(f"/api/production-orders/{order_id}", headers=self.staff)
        found: dict[str, Any] = response.json()
        return found

    async def move(
        self, order_id: str, phase: str, percent: int | None = None, **more: Any
    ) -> httpx.Response:
        body = {"phase": phase, **({} if percent is None else {"progress_percent": percent}), **more}
        return await self.http.put(f"/api/production-orders/{order_id}/phase", json=body, headers=self.staff)

    async def upload(self, order_id: str, content: bytes = PNG, kind: str = "image/png") -> httpx.Response:
        return await self.http.post(
            f"/api/production-orders/{order_id}/images",
            content=content,
            headers={**self.staff, "content-type": kind},
        )

    async def jobs(self) -> list[str]:
        rows = await self.harness.database.fetch("SELECT entrypoint FROM pgqueuer ORDER BY id")
        return [row["entrypoint"] for row in rows]


@pytest.fixture
async def kitchen(start_service: StartService, peers: FakePeers, tokens: Tokens) -> Kitchen:
    peers.answer(NOTICE, NotifyOrderPreparedResponse(acknowledged=True))
    harness = await start_service("kitchen", public_url="https://bunmart.example")
    return Kitchen(harness, tokens, tokens.auth("kitchen"), tokens.auth("admin"))
