"""The peers that the payment service calls (docs/who-calls-whom.md)."""

from decimal import Decimal
from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Peers, call_peer

from bunmart_payment.outbox import SendReceipt


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._order = order_pb2_grpc.OrderServiceStub(peers.channel("order"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def notify_payment_result(
        self, order_id: UUID, payment_id: UUID, status: str, returned_total: Decimal | None = None
    ) -> None:
        """Tell the order; FAILED_PRECONDITION when a success is not for it.

        Args:
            order_id: The order that was to be paid.
            payment_id: Ours.
            status: SUCCEEDED, FAILED or REFUNDED.
            returned_total: With REFUNDED, the sum that has been given back so far.
        """
        total = "" if returned_total is None else to_wire(returned_total)
        request = order_pb2.NotifyPaymentResultRequest(
            order_id=str(order_id), payment_id=str(payment_id), status=status, refunded_total=total
        )
        await call_peer(
            self._order.NotifyPaymentResult,
            request,
            peer="order",
            idempotency_key=":".join(filter(None, ["payment-result", str(payment_id), status, total])),
        )

    async def send_receipt(self, receipt: SendReceipt) -> None:
        """Send the customer a message about a payment; a repeat is not sent again."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(receipt.user_id),
            channel="EMAIL",
            template_id=receipt.template,
            template_data={
                "order_id": str(receipt.order_id),
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
