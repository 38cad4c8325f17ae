"""The parameters of every operation; what is not listed here is refused, as Stripe refuses a misspelling."""

from typing import Annotated, Any, Literal

import msgspec

Amount = Annotated[int, msgspec.Meta(ge=1, le=99_999_999)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{3}$")]
Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
CancellationReason = Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"]
CaptureMethod = Literal["automatic", "automatic_async", "manual"]
Url = Annotated[str, msgspec.Meta(pattern="^https?://")]
MetadataChange = dict[str, str] | str
"""New values; an empty string unsets one key, or all of them in place of the whole."""


class Parameters(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Parameters of every operation."""

    expand: list[str] = []


class CardData(msgspec.Struct, kw_only=True):
    """A card's number as the payment page collects it."""

    number: str
    exp_month: int | None = None
    exp_year: int | None = None
    cvc: str | None = None


class PaymentMethodData(msgspec.Struct, kw_only=True):
    """A payment method that is made while confirming; Stripe.js adds fields that do not matter here."""

    type: Literal["card"]
    card: CardData


class AutomaticPaymentMethods(msgspec.Struct, forbid_unknown_fields=True):
    """Let Stripe choose the payment methods."""

    enabled: bool
    allow_redirects: Literal["always", "never"] | None = None


class IntentParameters(Parameters, kw_only=True):
    """Parameters of both create and update."""

    capture_method: CaptureMethod | None = None
    customer: str | None = None
    description: str | None = None
    metadata: MetadataChange = {}
    payment_method: str | None = None
    payment_method_data: PaymentMethodData | None = None
    payment_method_options: dict[str, Any] | None = None
    payment_method_types: list[str] | None = None
    receipt_email: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    shipping: dict[str, Any] | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None


class CreateIntent(IntentParameters, kw_only=True):
    """POST /v1/payment_intents."""

    amount: Amount
    currency: Currency
    automatic_payment_methods: AutomaticPaymentMethods | None = None
    confirm: bool = False
    confirmation_method: Literal["automatic", "manual"] = "automatic"
    error_on_requires_action: bool = False
    return_url: Url | None = None
    use_stripe_sdk: bool = False


class UpdateIntent(IntentParameters, kw_only=True):
    """POST /v1/payment_intents/{id}."""

    amount: Amount | None = None
    currency: Currency | None = None


class ConfirmIntent(Parameters, kw_only=True):
    """POST /v1/payment_intents/{id}/confirm."""

    client_secret: str | None = None
    error_on_requires_action: bool = False
    expected_payment_method_type: str | None = None
    payment_method: str | None = None
    payment_method_data: PaymentMethodData | None = None
    receipt_email: str | None = None
    return_url: Url | None = None
    shipping: dict[str, Any] | None = None
    use_stripe_sdk: bool = False


class CaptureIntent(Parameters, kw_only=True):
    """POST /v1/payment_intents/{id}/capture."""

    amount_to_capture: Amount | None = None
    metadata: MetadataChange = {}
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None


class CancelIntent(Parameters, kw_only=True):
    """POST /v1/payment_intents/{id}/cancel."""

    cancellation_reason: CancellationReason | None = None


class Retrieve(Parameters, kw_only=True):
    """GET of one object."""

    client_secret: str | None = None


class CreatedRange(msgspec.Struct, forbid_unknown_fields=True):
    """``created[gte]`` and its brothers."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


class ListObjects(Parameters, kw_only=True):
    """GET of a list, newest first; filters which a kind of object lacks are refused by its endpoint."""

    created: CreatedRange | int | None = None
    ending_before: str | None = None
    limit: Limit = 10
    starting_after: str | None = None


class ListIntents(ListObjects, kw_only=True):
    """GET /v1/payment_intents."""

    customer: str | None = None


class ListCharges(ListObjects, kw_only=True):
    """GET /v1/charges."""

    payment_intent: str | None = None


class ListRefunds(ListObjects, kw_only=True):
    """GET /v1/refunds."""

    charge: str | None = None
    payment_intent: str | None = None


class ListEvents(ListObjects, kw_only=True):
    """GET /v1/events."""

    type: str | None = None
    types: list[str] = []


class Search(Parameters, kw_only=True):
    """GET /v1/payment_intents/search."""

    query: str
    limit: Limit = 10
    page: str | None = None


class CreateRefund(Parameters, kw_only=True):
    """POST /v1/refunds."""

    amount: Amount | None = None
    charge: str | None = None
    metadata: MetadataChange = {}
    payment_intent: str | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class CreateWebhookEndpoint(Parameters, kw_only=True):
    """POST /v1/webhook_endpoints."""

    api_version: Literal["2026-10-28.endive"] | None = None
    description: str | None = None
    enabled_events: Annotated[list[str], msgspec.Meta(min_length=1)]
    metadata: MetadataChange = {}
    url: Url
