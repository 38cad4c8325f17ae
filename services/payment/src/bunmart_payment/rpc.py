"""gRPC of the payment service (proto/bunmart/payment/v1/payment.proto)."""

import re
from collections.abc import Mapping

from bunmart.payment.v1 import payment_pb2, payment_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import optional_line, optional_text, require_amount, require_uuid

from bunmart_payment.domain import NewOrderRefund, NewPayment, Payment, PaymentStatus
from bunmart_payment.service import Payments

SERVICE = payment_pb2.DESCRIPTOR.services_by_name["PaymentService"].full_name
_CURRENCY = re.compile(r"[A-Z]{3}")
_MAX_METADATA = 40
"""Stripe takes 50 keys; some are ours."""
_MAX_METADATA_KEY = 40
_MAX_METADATA_VALUE = 500
_DEFAULT_NAME = "BunMart order"
_DEFAULT_REASON = "asked for by the order"


class PaymentServicer(payment_pb2_grpc.PaymentServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, payments: Payments) -> None:
        self._payments = payments

    async def CreatePaymentIntent(
        self, request: payment_pb2.CreatePaymentIntentRequest, context: Context
    ) -> payment_pb2.CreatePaymentIntentResponse:
        """Open the payment that the order service asks for when the customer presses Pay."""
        if not _CURRENCY.fullmatch(request.currency_code):
            raise InvalidArgumentError.field(
                "currency_code", "must be an ISO 4217 code in upper case, such as EUR"
            )
        payment = await self._payments.create_intent(
            unit_of(context),
            NewPayment(
                order_id=require_uuid("order_id", request.order_id),
                user_id=require_uuid("user_id", request.user_id),
                amount=require_amount("amount", request.amount),
                currency_code=request.currency_code,
                order_name=optional_line("order_name", request.order_name) or _DEFAULT_NAME,
                metadata=_metadata(request.metadata),
            ),
        )
        return payment_pb2.CreatePaymentIntentResponse(
            payment_id=str(payment.id), client_secret=payment.client_secret or "", status=payment.status
        )

    async def GetPaymentStatus(
        self, request: payment_pb2.GetPaymentStatusRequest, context: Context
    ) -> payment_pb2.GetPaymentStatusResponse:
        """Read the state of a payment, as it is known here; Stripe is not asked."""
        payment = await self._payments.get(require_uuid("payment_id", request.payment_id))
        response = payment_pb2.GetPaymentStatusResponse(
            payment_id=str(payment.id), status=payment.status, order_id=str(payment.order_id)
        )
        response.updated_at.FromDatetime(payment.updated_at)
        return response

    async def GetPaymentIntent(
        self, request: payment_pb2.GetPaymentIntentRequest, context: Context
    ) -> payment_pb2.GetPaymentIntentResponse:
        """Read a payment with the client secret for the payment page."""
        return intent_info(await self._payments.get(require_uuid("payment_id", request.payment_id)))

    async def ConfirmPayment(
        self, request: payment_pb2.ConfirmPaymentRequest, context: Context
    ) -> payment_pb2.ConfirmPaymentResponse:
        """Ask Stripe about a payment and take its answer over."""
        payment_id = require_uuid("payment_id", request.payment_id)
        payment = await self._payments.confirm(unit_of(context), payment_id)
        return payment_pb2.ConfirmPaymentResponse(
            success=payment.status is PaymentStatus.SUCCEEDED, status=payment.status
        )

    async def CloseOrderPayments(
        self, request: payment_pb2.CloseOrderPaymentsRequest, context: Context
    ) -> payment_pb2.CloseOrderPaymentsResponse:
        """End all payments of an order that is over."""
        closed = await self._payments.close_order(require_uuid("order_id", request.order_id))
        return payment_pb2.CloseOrderPaymentsResponse(held=to_wire(closed.held), processing=closed.processing)

    async def RefundOrder(
        self, request: payment_pb2.RefundOrderRequest, context: Context
    ) -> payment_pb2.RefundOrderResponse:
        """Give money of an order back, all that is left or a part of it."""
        new = NewOrderRefund(
            order_id=require_uuid("order_id", request.order_id),
            refund_id=require_uuid("refund_id", request.refund_id),
            amount=require_amount("amount", request.amount) if request.amount else None,
            reason=optional_text("reason", request.reason) or _DEFAULT_REASON,
        )
        refund = await self._payments.refund_order(unit_of(context), new)
        return payment_pb2.RefundOrderResponse(
            refund_id=str(refund.refund_id), status=refund.status, amount=to_wire(refund.amount)
        )


def intent_info(payment: Payment) -> payment_pb2.GetPaymentIntentResponse:
    """Present a payment; the client secret only while it can be paid."""
    pending = payment.status is PaymentStatus.PENDING
    info = payment_pb2.GetPaymentIntentResponse(
        payment_id=str(payment.id),
        order_id=str(payment.order_id),
        amount=to_wire(payment.amount),
        currency_code=payment.currency_code,
        status=payment.status,
        client_secret=(payment.client_secret or "") if pending else "",
    )
    info.created_at.FromDatetime(payment.created_at)
    info.expires_at.FromDatetime(payment.expires_at)
    return info


def _metadata(given: Mapping[str, str]) -> dict[str, str]:
    """Check against Stripe's limits (https://docs.stripe.com/metadata#data)."""
    if len(given) > _MAX_METADATA:
        raise InvalidArgumentError.field("metadata", f"must have at most {_MAX_METADATA} entries")
    checked = {}
    for key, value in given.items():
        if not 1 <= len(key) <= _MAX_METADATA_KEY or "[" in key or "]" in key or "\x00" in key:
            raise InvalidArgumentError.field(
                "metadata", f"keys must have 1 to {_MAX_METADATA_KEY} characters without brackets"
            )
        checked[key] = optional_text(f"metadata[{key}]", value, most=_MAX_METADATA_VALUE)
    return checked
