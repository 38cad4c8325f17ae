"""The peers that the payment service calls (docs/who-calls-whom.md)."""

from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Peers, call_peer

from bunmart_payment.domain import ReportedRefund
from bunmart_payment.outbox import SendReceipt


class Returned(NamedTuple):
    """The money of a payment that has been given back, in all and by refund."""

    total: Decimal
    refunds: list[ReportedRefund]


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._order = order_pb2_grpc.OrderServiceStub(peers.channel("order"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def notify_payment_result(
        self, order_id: UUID, payment_id: UUID, status: str, returned: Returned | None = None
    ) -> None:
        """Tell the order; FAILED_PRECONDITION when a success is not for it.

        Args:
            order_id: The order that was to be paid.
            payment_id: Ours.
            status: SUCCEEDED, FAILED or REFUNDED.
            returned: With REFUNDED, the money that has been given back so far.
        """
        request = order_pb2.NotifyPaymentResultRequest(
            order_id=str(order_id), payment_id=str(payment_id), status=status
        )
        if returned is not None:
            request.refunded_total = to_wire(returned.total)
            request.refunds.extend(map(_refund, returned.refunds))
        await self._notify_order(request)

    async def notify_attention(self, order_id: UUID, payment_id: UUID, status: str, attention: str) -> None:
        """Show something to the admin who looks at the order."""
        await self._notify_order(
            order_pb2.NotifyPaymentResultRequest(
                order_id=str(order_id), payment_id=str(payment_id), status=status, attention=attention
            )
        )

    async def _notify_order(self, request: order_pb2.NotifyPaymentResultRequest) -> None:
        # The same sum may come again with other refunds behind it, so the key is of the whole message.
        content = sha256(request.SerializeToString(deterministic=True)).hexdigest()[:24]
        await call_peer(
            self._order.NotifyPaymentResult,
            request,
            peer="order",
            idempotency_key=f"payment-result:{request.payment_id}:{content}",
        )

    async def send_receipt(self, receipt: SendReceipt) -> None:
        """Send the customer a message about a payment; a repeat is not sent again."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(receipt.user_id),
            channel="EMAIL",
            template_id=receipt.template,
            template_data={
                "order_id": str(receipt.order_id),
                "order_name": receipt.order_name,
                "amount": receipt.amount,
                "currency": receipt.currency_code,
            },
            reference_type="payment",
            reference_id=str(receipt.payment_id),
        )
        await call_peer(
            self._notification.SendNotification,
            request,
            peer="notification",
            idempotency_key=f"receipt:{receipt.key}",
        )


def _refund(refund: ReportedRefund) -> order_pb2.PaymentRefund:
    return order_pb2.PaymentRefund(
        refund_id=str(refund.refund_id),
        status=refund.status,
        amount=to_wire(refund.amount),
        reason=refund.reason,
    )
