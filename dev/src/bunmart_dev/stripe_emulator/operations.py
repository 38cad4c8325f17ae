"""Every operation of the API: typed parameters in, objects and changes out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bunmart_dev.stripe_emulator import charges, intents
from bunmart_dev.stripe_emulator import parameters as accepted
from bunmart_dev.stripe_emulator.changes import Changes
from bunmart_dev.stripe_emulator.deliveries import DeliveryQueue
from bunmart_dev.stripe_emulator.errors import InvalidRequestError
from bunmart_dev.stripe_emulator.forms import convert
from bunmart_dev.stripe_emulator.metadata import merged
from bunmart_dev.stripe_emulator.objects import (
    Charge,
    Event,
    PaymentIntent,
    Refund,
    WebhookEndpoint,
    new_id,
    now,
)
from bunmart_dev.stripe_emulator.search import search
from bunmart_dev.stripe_emulator.store import Store


@dataclass(slots=True)
class Call:
    """One call of an operation."""

    parameters: dict[str, Any]
    store: Store
    queue: DeliveryQueue
    base_url: str
    object_id: str = ""
    publishable: bool = False
    """True when the caller has no more than a publishable key."""
    changes: Changes = field(default_factory=Changes)


Operation = Callable[[Call], Any]


def create_intent(call: Call) -> PaymentIntent:
    """POST /v1/payment_intents."""
    return intents.create(convert(call.parameters, accepted.CreateIntent), call.changes, call.base_url)


def retrieve_intent(call: Call) -> PaymentIntent:
    """GET /v1/payment_intents/{id}."""
    return _client_intent(call, convert(call.parameters, accepted.Retrieve).client_secret)


def update_intent(call: Call) -> PaymentIntent:
    """POST /v1/payment_intents/{id}."""
    parameters = convert(call.parameters, accepted.UpdateIntent)
    return intents.update(_intent(call), parameters, call.changes)


def confirm_intent(call: Call) -> PaymentIntent:
    """POST /v1/payment_intents/{id}/confirm."""
    parameters = convert(call.parameters, accepted.ConfirmIntent)
    intent = _client_intent(call, parameters.client_secret)
    if call.publishable and intent.confirmation_method == "manual":
        raise InvalidRequestError(
            "A PaymentIntent with confirmation_method=manual can only be confirmed with a secret key.",
            code="payment_intent_unexpected_state",
        )
    return intents.confirm(intent, parameters, call.changes, call.base_url)


def capture_intent(call: Call) -> PaymentIntent:
    """POST /v1/payment_intents/{id}/capture."""
    parameters = convert(call.parameters, accepted.CaptureIntent)
    intent = _intent(call)
    return intents.capture(intent, _latest_charge(call, intent), parameters, call.changes)


def cancel_intent(call: Call) -> PaymentIntent:
    """POST /v1/payment_intents/{id}/cancel."""
    parameters = convert(call.parameters, accepted.CancelIntent)
    intent = _intent(call)
    return intents.cancel(intent, _latest_charge(call, intent), parameters, call.changes)


def list_intents(call: Call) -> dict[str, Any]:
    """GET /v1/payment_intents."""
    parameters = convert(call.parameters, accepted.ListIntents)
    refs = (parameters.customer,) if parameters.customer else ()
    return _listed("/v1/payment_intents", call.store.page(PaymentIntent, parameters, refs))


def search_intents(call: Call) -> dict[str, Any]:
    """GET /v1/payment_intents/search."""
    return search(call.store, convert(call.parameters, accepted.Search))


def create_refund(call: Call) -> Refund:
    """POST /v1/refunds."""
    parameters = convert(call.parameters, accepted.CreateRefund)
    charge_id = parameters.charge
    if parameters.payment_intent:
        intent = call.store.get(PaymentIntent, parameters.payment_intent)
        charge_id = intent.latest_charge if intent.status == "succeeded" else None
        if charge_id is None or parameters.charge not in (None, charge_id):
            raise InvalidRequestError(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
            )
    if charge_id is None:
        raise InvalidRequestError(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    return charges.refund(call.store.get(Charge, charge_id), parameters, call.changes)


def retrieve_refund(call: Call) -> Refund:
    """GET /v1/refunds/{id}."""
    convert(call.parameters, accepted.Parameters)
    return call.store.get(Refund, call.object_id)


def list_refunds(call: Call) -> dict[str, Any]:
    """GET /v1/refunds."""
    parameters = convert(call.parameters, accepted.ListRefunds)
    refs = (parameters.payment_intent,) if parameters.payment_intent else ()
    return _listed("/v1/refunds", call.store.page(Refund, parameters, refs, charge=parameters.charge))


def retrieve_charge(call: Call) -> Charge:
    """GET /v1/charges/{id}."""
    convert(call.parameters, accepted.Parameters)
    return call.store.get(Charge, call.object_id)


def list_charges(call: Call) -> dict[str, Any]:
    """GET /v1/charges."""
    parameters = convert(call.parameters, accepted.ListCharges)
    refs = (parameters.payment_intent,) if parameters.payment_intent else ()
    return _listed("/v1/charges", call.store.page(Charge, parameters, refs))


def retrieve_event(call: Call) -> Event:
    """GET /v1/events/{id}."""
    convert(call.parameters, accepted.Parameters)
    event = call.store.get(Event, call.object_id)
    event.pending_webhooks = call.queue.pending(event.id)
    return event


def list_events(call: Call) -> dict[str, Any]:
    """GET /v1/events."""
    parameters = convert(call.parameters, accepted.ListEvents)
    types = parameters.types or ([parameters.type] if parameters.type else [])
    events, more = call.store.page(Event, parameters, types)
    for event in events:
        event.pending_webhooks = call.queue.pending(event.id)
    return _listed("/v1/events", (events, more))


def create_webhook_endpoint(call: Call) -> WebhookEndpoint:
    """POST /v1/webhook_endpoints; only this answer shows the secret."""
    parameters = convert(call.parameters, accepted.CreateWebhookEndpoint)
    endpoint = WebhookEndpoint(
        id=new_id("we"),
        created=now(),
        description=parameters.description,
        enabled_events=parameters.enabled_events,
        metadata=merged({}, parameters.metadata),
        secret=new_id("whsec"),
        url=parameters.url,
    )
    call.changes.save(endpoint)
    return endpoint


def retrieve_webhook_endpoint(call: Call) -> dict[str, Any]:
    """GET /v1/webhook_endpoints/{id}."""
    convert(call.parameters, accepted.Parameters)
    return _without_secret(call.store.get(WebhookEndpoint, call.object_id))


def list_webhook_endpoints(call: Call) -> dict[str, Any]:
    """GET /v1/webhook_endpoints."""
    parameters = convert(call.parameters, accepted.ListObjects)
    endpoints, more = call.store.page(WebhookEndpoint, parameters)
    return _listed("/v1/webhook_endpoints", ([_without_secret(endpoint) for endpoint in endpoints], more))


def delete_webhook_endpoint(call: Call) -> dict[str, Any]:
    """DELETE /v1/webhook_endpoints/{id}."""
    endpoint = call.store.get(WebhookEndpoint, call.object_id)
    call.store.delete(endpoint.id)
    call.queue.forget_endpoint(endpoint.id)
    return {"id": endpoint.id, "object": endpoint.object, "deleted": True}


def _intent(call: Call) -> PaymentIntent:
    return call.store.get(PaymentIntent, call.object_id)


def _client_intent(call: Call, client_secret: str | None) -> PaymentIntent:
    intent = _intent(call)
    if client_secret != intent.client_secret and (call.publishable or client_secret is not None):
        raise InvalidRequestError(
            "The client_secret provided does not match the client_secret associated with the PaymentIntent.",
            code="parameter_invalid_string" if client_secret else "parameter_missing",
            param="client_secret",
        )
    return intent


def _latest_charge(call: Call, intent: PaymentIntent) -> Charge | None:
    return None if intent.latest_charge is None else call.store.get(Charge, intent.latest_charge)


def _listed(url: str, page: tuple[list[Any], bool]) -> dict[str, Any]:
    return {"object": "list", "data": page[0], "has_more": page[1], "url": url}


def _without_secret(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in endpoint.__struct_fields__ if name != "secret"}
