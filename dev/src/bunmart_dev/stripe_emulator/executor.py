"""One API request from its headers to its answer: key, idempotency, transaction, events."""

import base64
import binascii
import secrets
from dataclasses import dataclass

from bunmart_dev.stripe_emulator import operations
from bunmart_dev.stripe_emulator.answers import Answer, expanded
from bunmart_dev.stripe_emulator.deliveries import DeliveryQueue
from bunmart_dev.stripe_emulator.errors import AuthenticationError, ForbiddenError, StripeError
from bunmart_dev.stripe_emulator.forms import convert, fingerprint, parse
from bunmart_dev.stripe_emulator.idempotency import IdempotencyStore
from bunmart_dev.stripe_emulator.objects import (
    PUBLISHABLE_FIELDS,
    Event,
    EventData,
    EventRequest,
    PaymentIntent,
    WebhookEndpoint,
    new_id,
    now,
)
from bunmart_dev.stripe_emulator.operations import Call, Operation
from bunmart_dev.stripe_emulator.parameters import Parameters
from bunmart_dev.stripe_emulator.store import Store

_CLIENT_OPERATIONS = (operations.retrieve_intent, operations.confirm_intent)
"""Operations for a publishable key, with the intent's client secret."""


@dataclass(slots=True)
class ApiRequest:
    """The parts of the HTTP request that an operation needs."""

    method: str
    path: str
    encoded: bytes
    """The form body, or the query string of a GET."""
    authorization: str = ""
    idempotency_key: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        self.id = self.id or f"req_{secrets.token_hex(7)}"


class Executor:
    """Runs operations; everything here is synchronous, so requests cannot interleave."""

    def __init__(self, store: Store, queue: DeliveryQueue, base_url: str) -> None:
        self._store = store
        self._queue = queue
        self._idempotency = IdempotencyStore(store)
        self._base_url = base_url

    def answer(self, request: ApiRequest, operation: Operation, object_id: str = "") -> Answer:
        """Check the key, then run the operation, once for each idempotency key."""
        try:
            parameters = parse(request.encoded)
            publishable = _is_publishable(request.authorization, parameters.pop("key", None))
            if publishable and operation not in _CLIENT_OPERATIONS:
                raise ForbiddenError(
                    "This API call cannot be made with a publishable API key. Please use a secret API key.",
                    code="secret_key_required",
                )
            call = Call(parameters, self._store, self._queue, self._base_url, object_id, publishable)
            if request.method != "POST" or not request.idempotency_key:
                with self._store.transaction():
                    return self.run(call, operation, request)[0]
            return self._once(call, operation, request)
        except StripeError as error:
            return Answer.refusing(error)

    def run(self, call: Call, operation: Operation, request: ApiRequest) -> tuple[Answer, bool]:
        """Run the operation and write its changes; tell too whether the answer is kept for its key."""
        try:
            result = operation(call)
        except StripeError as error:
            return Answer.refusing(error), error.stored
        self._write(call, request)
        if call.changes.error is not None:
            return Answer.refusing(call.changes.error), True
        if call.publishable and isinstance(result, PaymentIntent):
            result = {name: getattr(result, name) for name in PUBLISHABLE_FIELDS}
        expand = convert({"expand": call.parameters.get("expand", [])}, Parameters).expand
        return Answer.of(expanded(result, expand, self._store) if expand else result), True

    def _once(self, call: Call, operation: Operation, request: ApiRequest) -> Answer:
        key, endpoint = request.idempotency_key, f"{request.method} {request.path}"
        parameters = fingerprint(call.parameters)
        answer = self._idempotency.replay(key, endpoint, parameters)
        if answer is None:
            with self._store.transaction():
                answer, stored = self.run(call, operation, request)
                if stored:
                    self._idempotency.keep(key, endpoint, parameters, request.id, answer)
        answer.headers["Idempotency-Key"] = key
        return answer

    def _write(self, call: Call, request: ApiRequest) -> None:
        for thing in call.changes.objects.values():
            self._store.save(thing)
            if isinstance(thing, WebhookEndpoint):
                self._queue.refresh()
        cause = EventRequest(request.id, request.idempotency_key or None)
        for event_type, snapshot in call.changes.events:
            receivers = self._queue.receivers(event_type)
            event = Event(
                id=new_id("evt"),
                created=now(),
                data=EventData(snapshot),
                pending_webhooks=len(receivers),
                request=cause,
                type=event_type,
            )
            self._store.save(event)
            self._queue.add(event, receivers)


def _is_publishable(authorization: str, parameter: object) -> bool:
    """Check the API key, which Stripe.js sends as a parameter.

    Raises:
        AuthenticationError: There is no key, or it is none of test mode's.
    """
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            credentials = ""
    key = credentials.strip() or str(parameter or "")
    if not key:
        raise AuthenticationError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if key.startswith("pk_test_"):
        return True
    if not key.startswith(("sk_test_", "rk_test_")):
        raise AuthenticationError(f"Invalid API Key provided: {key[:3]}{'*' * 8}")
    return False
