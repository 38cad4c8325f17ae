"""REST requests and responses of the payment service. Money is a decimal string in major units."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.identity import Principal
from bunmart_chassis.money import Amount, to_wire
from bunmart_chassis.rest import FreeText, Schema

from bunmart_payment.domain import Payment, PaymentLog, PaymentStatus, Refund, RefundStatus


class NewRefund(Schema):
    """A refund.

    Attributes:
        amount: The amount to give back; all that is left when it is absent.
        reason: Kept in the log.
    """

    reason: Annotated[FreeText, msgspec.Meta(min_length=1, max_length=200)]
    amount: Amount | None = None


class PaymentView(msgspec.Struct, kw_only=True):
    """A payment.

    Attributes:
        client_secret: With this the browser pays at Stripe; null for everybody but the customer, and as soon
            as the payment is not pending.
        refund_total: The sum that went back, or is on its way back.
    """

    payment_id: UUID
    order_id: UUID
    user_id: UUID
    order_name: str
    amount: str
    currency_code: str
    status: PaymentStatus
    failure_code: str | None
    stripe_payment_intent_id: str | None
    client_secret: str | None
    refund_total: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    charged_at: datetime | None
    archived_at: datetime | None


class PaymentLogView(msgspec.Struct, kw_only=True):
    """One entry of the log of a payment."""

    event: str
    detail: str
    at: datetime


class RefundView(msgspec.Struct, kw_only=True):
    """A refund; PENDING until Stripe has made it."""

    refund_id: UUID
    payment_id: UUID
    amount: str
    reason: str
    status: RefundStatus
    stripe_refund_id: str | None
    created_at: datetime
    updated_at: datetime


class PaymentConfig(msgspec.Struct, kw_only=True):
    """The settings with which a browser confirms a payment at Stripe."""

    publishable_key: str
    provider_url: str


class Received(msgspec.Struct):
    """The receipt of a webhook."""

    received: bool = True


def payment_view(payment: Payment, principal: Principal) -> PaymentView:
    """Present a payment to the caller."""
    theirs = payment.status is PaymentStatus.PENDING and payment.user_id == principal.user_id
    return PaymentView(
        payment_id=payment.id,
        order_id=payment.order_id,
        user_id=payment.user_id,
        order_name=payment.order_name,
        amount=to_wire(payment.amount),
        currency_code=payment.currency_code,
        status=payment.status,
        failure_code=payment.failure_code,
        stripe_payment_intent_id=payment.stripe_payment_intent_id,
        client_secret=payment.client_secret if theirs else None,
        refund_total=to_wire(payment.refund_total),
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        expires_at=payment.expires_at,
        charged_at=payment.charged_at,
        archived_at=payment.archived_at,
    )


def log_view(entry: PaymentLog) -> PaymentLogView:
    """Present an entry of the log."""
    return PaymentLogView(event=entry.event, detail=entry.detail, at=entry.at)


def refund_view(refund: Refund) -> RefundView:
    """Present a refund."""
    return RefundView(
        refund_id=refund.id,
        payment_id=refund.payment_id,
        amount=to_wire(refund.amount),
        reason=refund.reason,
        status=refund.status,
        stripe_refund_id=refund.stripe_refund_id,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
    )
