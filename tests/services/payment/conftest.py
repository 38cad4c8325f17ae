"""A payment service with Stripe's emulator behind it and webhooks between them."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import stripe
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import NotifyPaymentResultResponse
from bunmart.payment.v1 import payment_pb2
from bunmart.payment.v1.payment_pb2_grpc import PaymentServiceStub
from bunmart_dev.free_ports import free_port

from tests.support import FakePeers, ServiceHarness, StartService, Tokens
from tests.support.stripe import (
    API_KEY,
    DECLINED,
    VISA,
    WEBHOOK_SECRET,
    Provider,
    open_provider,
)

__all__ = ["API_KEY", "DECLINED", "VISA", "WEBHOOK_SECRET", "OpenTill", "Till", "rows"]
USER = uuid4()


class Till:
    """The payment service under test with what is around it."""

    def __init__(self, service: ServiceHarness, provider: Provider, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.provider = provider
        self.peers = peers
        self.tokens = tokens
        self.http = service.http
        self.stub = service.stub(PaymentServiceStub)
        self.order_id = uuid4()

    @property
    def admin(self) -> dict[str, str]:
        """Headers of an admin."""
        return self.tokens.auth("admin")

    @property
    def customer(self) -> dict[str, str]:
        """Headers of the customer who pays."""
        return self.tokens.auth("customer", USER)

    def request(self, **changes: Any) -> payment_pb2.CreatePaymentIntentRequest:
        """A good request."""
        fields = {
            "order_id": str(self.order_id),
            "amount": "19.99",
            "currency_code": "EUR",
            "user_id": str(USER),
            "order_name": "Six buns",
            "metadata": {"channel": "web"},
        }
        return payment_pb2.CreatePaymentIntentRequest(**{**fields, **changes})

    async def open(self, **changes: Any) -> payment_pb2.CreatePaymentIntentResponse:
        """The order asks for a payment intent."""
        response = await self.stub.CreatePaymentIntent(self.request(**changes))
        assert isinstance(response, payment_pb2.CreatePaymentIntentResponse)
        return response

    async def close(self) -> payment_pb2.CloseOrderPaymentsResponse:
        """The order ends."""
        request = payment_pb2.CloseOrderPaymentsRequest(order_id=str(self.order_id))
        response = await self.stub.CloseOrderPayments(request)
        assert isinstance(response, payment_pb2.CloseOrderPaymentsResponse)
        return response

    async def refund_order(
        self, amount: str = "", refund_id: UUID | None = None, **changes: str
    ) -> payment_pb2.RefundOrderResponse:
        """The order asks for a refund."""
        fields = {"order_id": str(self.order_id), "refund_id": str(refund_id or uuid4()), "amount": amount}
        request = payment_pb2.RefundOrderRequest(**{**fields, "reason": "cancelled", **changes})
        response = await self.stub.RefundOrder(request)
        assert isinstance(response, payment_pb2.RefundOrderResponse)
        return response

    async def paid(self, **changes: Any) -> str:
        """The order asks for an intent, and the customer pays it."""
        opened = await self.open(**changes)
        await self.provider.pay(opened.client_secret)
        await self.until(opened.payment_id, "SUCCEEDED")
        return str(opened.payment_id)

    async def payment(self, payment_id: str) -> Any:
        """The row of a payment."""
        return await self.service.database.fetchrow("SELECT * FROM payments WHERE id = $1", UUID(payment_id))

    async def until(self, payment_id: str, status: str, seconds: float = 5) -> None:
        """Wait until a payment has a status and all jobs are done."""
        deadline = time.monotonic() + seconds
        while (found := await self.payment(payment_id))["status"] != status:
            assert time.monotonic() < deadline, f"is {found['status']}, not {status}"
            await asyncio.sleep(0.01)
        await self.service.settle()

    async def delivered(self, *types: str) -> None:
        """Wait until the service has stored events of these types, and all jobs are done."""
        deadline = time.monotonic() + 5
        while True:
            rows = await self.service.database.fetch("SELECT type FROM stripe_events")
            if set(types) <= {row["type"] for row in rows}:
                break
            assert time.monotonic() < deadline, rows
            await asyncio.sleep(0.01)
        await self.service.settle()

    async def make_overdue(self, payment_id: str) -> None:
        """Let a payment's lifetime pass."""
        await self.service.database.execute(
            "UPDATE payments SET expires_at = now() - interval '1 second' WHERE id = $1", UUID(payment_id)
        )

    async def send(self, event: dict[str, Any], secret: str = WEBHOOK_SECRET) -> httpx.Response:
        """Send an event as Stripe does."""
        payload = json.dumps(event)
        signature = stripe.WebhookSignature.generate_signature_header(payload, secret)
        return await self.http.post(
            "/webhooks/stripe",
            content=payload,
            headers={"stripe-signature": signature, "content-type": "application/json"},
        )

    def told_order(self) -> list[tuple[str, str]]:
        """List what the order was told: payment and status."""
        return [(each.payment_id, each.status) for each in self.peers.requests("NotifyPaymentResult")]

    def told_returned(self) -> list[str]:
        """List the sums that the order was told as given back."""
        told = self.peers.requests("NotifyPaymentResult")
        return [each.refunded_total for each in told if each.status == "REFUNDED"]

    def told_customer(self) -> list[tuple[str, str]]:
        """List what the customer was told: template and amount."""
        sent = self.peers.requests("SendNotification")
        return sorted((each.template_id, each.template_data["amount"]) for each in sent)


async def rows(till: Till) -> list[tuple[str, str | None]]:
    """Status and failure code of all payments, oldest first."""
    found = await till.service.database.fetch("SELECT status, failure_code FROM payments ORDER BY id")
    return [(row["status"], row["failure_code"]) for row in found]


OpenTill = Callable[..., Awaitable[Till]]


@pytest.fixture
async def open_till(start_service: StartService, peers: FakePeers, tokens: Tokens) -> AsyncIterator[OpenTill]:
    """``await open_till(webhooks=False, **settings)``: a payment service whose peers agree to everything."""
    peers.answer("NotifyPaymentResult", NotifyPaymentResultResponse(acknowledged=True))
    peers.answer("SendNotification", SendNotificationResponse(notification_id=str(uuid4()), status="QUEUED"))
    async with contextlib.AsyncExitStack() as stack:

        async def start(*, webhooks: bool = True, **settings: Any) -> Till:
            port = free_port()
            provider = await stack.enter_async_context(open_provider(port if webhooks else 0))
            stripe_settings = {
                "stripe_api_key": API_KEY,
                "stripe_base_url": provider.url,
                "stripe_webhook_secret": WEBHOOK_SECRET,
                "http_port": port,
                "stripe_retries": 0,
            }
            service = await start_service("payment", **{**stripe_settings, **settings})
            return Till(service, provider, peers, tokens)

        yield start


@pytest.fixture
async def till(open_till: OpenTill) -> Till:
    """A payment service with webhooks."""
    return await open_till()
