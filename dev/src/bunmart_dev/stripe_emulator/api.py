"""Stripe's REST paths: each handler names its operation, the executor does the rest."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State

from bunmart_dev.stripe_emulator import operations
from bunmart_dev.stripe_emulator.answers import Answer
from bunmart_dev.stripe_emulator.errors import StripeError
from bunmart_dev.stripe_emulator.executor import ApiRequest
from bunmart_dev.stripe_emulator.objects import API_VERSION
from bunmart_dev.stripe_emulator.operations import Operation

HttpRequest = Request[Any, Any, State]
HttpResponse = Response[bytes]


def respond(answer: Answer, request_id: str) -> HttpResponse:
    """Turn an answer into a response."""
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION, **answer.headers}
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)


async def _answer(request: HttpRequest, operation: Operation, object_id: str = "") -> HttpResponse:
    # uvicorn's scope is read directly: Litestar's header objects would cost more than the operation.
    headers = dict(request.scope["headers"])
    method = request.scope["method"]
    api_request = ApiRequest(
        method=method,
        path=request.scope["path"],
        encoded=await request.body() if method == "POST" else request.scope["query_string"],
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        idempotency_key=headers.get(b"idempotency-key", b"").decode("latin-1"),
    )
    emulator = request.app.state.emulator
    try:
        await emulator.faults.before_request()
    except StripeError as error:
        return respond(Answer.refusing(error), api_request.id)
    answer = emulator.executor.answer(api_request, operation, object_id)
    if method == "POST":
        await emulator.faults.after_commit()
    return respond(answer, api_request.id)


class PaymentIntentController(Controller):
    """Payments."""

    path = "/v1/payment_intents"

    @post()
    async def create(self, request: HttpRequest) -> HttpResponse:
        """Create."""
        return await _answer(request, operations.create_intent)

    @get()
    async def list(self, request: HttpRequest) -> HttpResponse:
        """List."""
        return await _answer(request, operations.list_intents)

    @get("/search")
    async def search(self, request: HttpRequest) -> HttpResponse:
        """Search, by metadata above all."""
        return await _answer(request, operations.search_intents)

    @get("/{object_id:str}")
    async def retrieve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Retrieve."""
        return await _answer(request, operations.retrieve_intent, object_id)

    @post("/{object_id:str}")
    async def update(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Update."""
        return await _answer(request, operations.update_intent, object_id)

    @post("/{object_id:str}/confirm")
    async def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Confirm, as the shop or as its customer's browser."""
        return await _answer(request, operations.confirm_intent, object_id)

    @post("/{object_id:str}/capture")
    async def capture(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Capture."""
        return await _answer(request, operations.capture_intent, object_id)

    @post("/{object_id:str}/cancel")
    async def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel."""
        return await _answer(request, operations.cancel_intent, object_id)


class RefundController(Controller):
    """Refunds."""

    path = "/v1/refunds"

    @post()
    async def create(self, request: HttpRequest) -> HttpResponse:
        """Create."""
        return await _answer(request, operations.create_refund)

    @get()
    async def list(self, request: HttpRequest) -> HttpResponse:
        """List."""
        return await _answer(request, operations.list_refunds)

    @get("/{object_id:str}")
    async def retrieve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Retrieve."""
        return await _answer(request, operations.retrieve_refund, object_id)


class ChargeController(Controller):
    """Charges."""

    path = "/v1/charges"

    @get()
    async def list(self, request: HttpRequest) -> HttpResponse:
        """List."""
        return await _answer(request, operations.list_charges)

    @get("/{object_id:str}")
    async def retrieve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Retrieve."""
        return await _answer(request, operations.retrieve_charge, object_id)


class EventController(Controller):
    """Events."""

    path = "/v1/events"

    @get()
    async def list(self, request: HttpRequest) -> HttpResponse:
        """List."""
        return await _answer(request, operations.list_events)

    @get("/{object_id:str}")
    async def retrieve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Retrieve."""
        return await _answer(request, operations.retrieve_event, object_id)


class WebhookEndpointController(Controller):
    """Receivers of events."""

    path = "/v1/webhook_endpoints"

    @post()
    async def create(self, request: HttpRequest) -> HttpResponse:
        """Create."""
        return await _answer(request, operations.create_webhook_endpoint)

    @get()
    async def list(self, request: HttpRequest) -> HttpResponse:
        """List."""
        return await _answer(request, operations.list_webhook_endpoints)

    @get("/{object_id:str}")
    async def retrieve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Retrieve."""
        return await _answer(request, operations.retrieve_webhook_endpoint, object_id)

    @delete("/{object_id:str}", status_code=200)
    async def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete."""
        return await _answer(request, operations.delete_webhook_endpoint, object_id)


CONTROLLERS = (
    PaymentIntentController,
    RefundController,
    ChargeController,
    EventController,
    WebhookEndpointController,
)
