"""The API objects that the emulator stores and returns, with Stripe's fields.

Fields which an integration without Connect, Radar or customers never sees filled are null.
"""

import secrets
import time
from typing import Any, Literal

import msgspec

API_VERSION = "2026-10-28.endive"

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "canceled",
    "succeeded",
]
"""Cards never linger in ``processing``."""

Metadata = dict[str, str]


def new_id(prefix: str) -> str:
    """Return an unguessable id such as ``pi_1f0c…``."""
    return f"{prefix}_{secrets.token_hex(12)}"


def now() -> int:
    """Return the time as Stripe writes it."""
    return int(time.time())


class PaymentIntent(msgspec.Struct, kw_only=True):
    """A payment from its creation to its end: https://docs.stripe.com/api/payment_intents/object."""

    id: str
    object: str = "payment_intent"
    amount: int
    amount_capturable: int = 0
    amount_details: dict[str, Any] = msgspec.field(default_factory=lambda: {"tip": {}})
    amount_received: int = 0
    application: None = None
    application_fee_amount: None = None
    automatic_payment_methods: dict[str, Any] | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    capture_method: str = "automatic_async"
    client_secret: str
    confirmation_method: str = "automatic"
    created: int
    currency: str
    customer: str | None = None
    description: str | None = None
    last_payment_error: dict[str, Any] | None = None
    latest_charge: str | None = None
    livemode: bool = False
    metadata: Metadata = {}
    next_action: dict[str, Any] | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_options: dict[str, Any] = {}
    payment_method_types: list[str] = []
    processing: None = None
    receipt_email: str | None = None
    review: None = None
    setup_future_usage: str | None = None
    shipping: dict[str, Any] | None = None
    source: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: IntentStatus = "requires_payment_method"
    transfer_data: None = None
    transfer_group: str | None = None


PUBLISHABLE_FIELDS = frozenset(
    {
        "id",
        "object",
        "amount",
        "amount_details",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "last_payment_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "source",
        "status",
    }
)
"""Fields of a PaymentIntent that a publishable key may see."""


class Charge(msgspec.Struct, kw_only=True):
    """One attempt to move money: https://docs.stripe.com/api/charges/object."""

    id: str
    object: str = "charge"
    amount: int
    amount_captured: int = 0
    amount_refunded: int = 0
    balance_transaction: str | None = None
    billing_details: dict[str, Any] = {}
    captured: bool = False
    created: int
    currency: str
    customer: str | None = None
    description: str | None = None
    disputed: bool = False
    failure_code: str | None = None
    failure_message: str | None = None
    fraud_details: dict[str, Any] = {}
    livemode: bool = False
    metadata: Metadata = {}
    outcome: dict[str, Any] | None = None
    paid: bool = False
    payment_intent: str
    payment_method: str
    payment_method_details: dict[str, Any] = {}
    receipt_email: str | None = None
    receipt_url: str | None = None
    refunded: bool = False
    shipping: dict[str, Any] | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: Literal["succeeded", "failed"]
    transfer_group: str | None = None


class Refund(msgspec.Struct, kw_only=True):
    """Money on its way back: https://docs.stripe.com/api/refunds/object."""

    id: str
    object: str = "refund"
    amount: int
    balance_transaction: str | None = None
    charge: str
    created: int
    currency: str
    destination_details: dict[str, Any] | None = None
    failure_reason: str | None = None
    metadata: Metadata = {}
    payment_intent: str
    reason: str | None = None
    receipt_number: str | None = None
    source_transfer_reversal: str | None = None
    status: Literal["pending", "succeeded", "failed"] = "succeeded"
    transfer_reversal: str | None = None


class Dispute(msgspec.Struct, kw_only=True):
    """A charge that its cardholder disputes: https://docs.stripe.com/api/disputes/object."""

    id: str
    object: str = "dispute"
    amount: int
    charge: str
    created: int
    currency: str
    evidence: dict[str, Any] = {}
    evidence_details: dict[str, Any]
    is_charge_refundable: bool = False
    livemode: bool = False
    metadata: Metadata = {}
    payment_intent: str
    reason: str = "fraudulent"
    status: Literal["needs_response", "won", "lost"] = "needs_response"


class EventData(msgspec.Struct):
    """The object as it was when the event happened."""

    object: msgspec.Raw


class EventRequest(msgspec.Struct):
    """The request which caused the event."""

    id: str | None
    idempotency_key: str | None


class Event(msgspec.Struct, kw_only=True):
    """Something that happened: https://docs.stripe.com/api/events/object."""

    id: str
    object: str = "event"
    api_version: str = API_VERSION
    created: int
    data: EventData
    livemode: bool = False
    pending_webhooks: int
    request: EventRequest
    type: str


class WebhookEndpoint(msgspec.Struct, kw_only=True):
    """A receiver of events: https://docs.stripe.com/api/webhook_endpoints/object."""

    id: str
    object: str = "webhook_endpoint"
    api_version: str = API_VERSION
    application: None = None
    created: int
    description: str | None = None
    enabled_events: list[str]
    livemode: bool = False
    metadata: Metadata = {}
    secret: str
    status: Literal["enabled", "disabled"] = "enabled"
    url: str

    def wants(self, event_type: str) -> bool:
        """Tell whether events of this type are delivered here."""
        return event_type in self.enabled_events or "*" in self.enabled_events


StripeObject = PaymentIntent | Charge | Refund | Dispute | Event | WebhookEndpoint
