"""A payment service with Stripe's emulator behind it and webhooks between them."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import stripe
import uvicorn
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import NotifyPaymentResultResponse
from bunmart.payment.v1 import payment_pb2
from bunmart.payment.v1.payment_pb2_grpc import PaymentServiceStub
from bunmart_dev.free_ports import free_port
from bunmart_dev.stripe_emulator.app import create_app
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.faults import Faults
from bunmart_dev.stripe_emulator.settings import Settings

from tests.support import FakePeers, ServiceHarness, StartService, Tokens

USER = uuid4()
WEBHOOK_SECRET = "whsec_of_the_tests"
API_KEY = "sk_test_of_the_tests"
PUBLISHABLE_KEY = "pk_test_of_the_tests"
VISA, DECLINED = "pm_card_visa", "pm_card_chargeDeclined"


class Provider:
    """Stripe's emulator, and the customer's browser that talks to it."""

    def __init__(self, emulator: Emulator, url: str) -> None:
        self.emulator = emulator
        self.url = url
        self.http = httpx.AsyncClient(base_url=url)

    def faults(self, **faults: Any) -> None:
        """Set what goes wrong from now on."""
        self.emulator.set_faults(Faults(**faults))

    async def _call(self, method: str, path: str, key: str, **data: str) -> dict[str, Any]:
        sent = {"params": data} if method == "GET" else {"data": data}
        headers = {"authorization": f"Bearer {key}"}
        answer = await self.http.request(method, f"/v1{path}", headers=headers, **sent)  # type: ignore[arg-type]
        found: dict[str, Any] = answer.json()
        return found

    async def pay(self, client_secret: str, card: str = VISA) -> dict[str, Any]:
        """The customer confirms the payment with a card."""
        intent_id = client_secret.rsplit("_secret", 1)[0]
        return await self._call(
            "POST",
            f"/payment_intents/{intent_id}/confirm",
            PUBLISHABLE_KEY,
            client_secret=client_secret,
            payment_method=card,
        )

    async def intents(self) -> list[dict[str, Any]]:
        """All payment intents, newest first."""
        found: list[dict[str, Any]] = (await self._call("GET", "/payment_intents", API_KEY))["data"]
        return found

    async def refunds(self) -> list[dict[str, Any]]:
        """All refunds, newest first."""
        found: list[dict[str, Any]] = (await self._call("GET", "/refunds", API_KEY))["data"]
        return found

    async def refund(self, intent_id: str, **data: str) -> None:
        """Somebody refunds by hand in the dashboard."""
        await self._call("POST", "/refunds", API_KEY, payment_intent=intent_id, **data)

    async def cancel(self, intent_id: str) -> None:
        """Somebody cancels by hand in the dashboard."""
        await self._call("POST", f"/payment_intents/{intent_id}/cancel", API_KEY)

    async def events(self) -> list[dict[str, Any]]:
        """All events, newest first."""
        found: list[dict[str, Any]] = (await self._call("GET", "/events", API_KEY, limit="100"))["data"]
        return found


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


@contextlib.asynccontextmanager
async def open_provider(webhook_port: int) -> AsyncIterator[Provider]:
    """Stripe's emulator; its webhooks go to that port of this machine, or nowhere with 0."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    webhook_url = f"http://127.0.0.1:{webhook_port}/webhooks/stripe" if webhook_port else ""
    emulator = Emulator(Settings(webhook_url=webhook_url, webhook_secret=WEBHOOK_SECRET), url)
    config = uvicorn.Config(
        create_app(emulator), log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    provider = Provider(emulator, url)
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    yield provider
    await provider.http.aclose()
    emulator.faults.release()
    # Not through should_exit: uvicorn looks at that only every 0.1 s.
    await server.shutdown([listener])
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


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
