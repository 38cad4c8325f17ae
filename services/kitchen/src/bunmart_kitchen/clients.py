"""The peers that the kitchen service calls (docs/who-calls-whom.md)."""

from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart_chassis.rpc import Peers, call_peer


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._order = order_pb2_grpc.OrderServiceStub(peers.channel("order"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def notify_order_prepared(self, production_order_id: UUID, user_order_id: UUID) -> None:
        """Report that the order is prepared; a repeat is acknowledged."""
        request = order_pb2.NotifyOrderPreparedRequest(
            production_order_id=str(production_order_id), user_order_id=str(user_order_id)
        )
        await call_peer(self._order.NotifyOrderPrepared, request, peer="order")

    async def alert_completion(
        self, user_id: UUID, production_order_id: UUID, user_order_id: UUID | None
    ) -> None:
        """Show a member of staff that a production is completed."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="IN_APP",
            template_id="production_completed",
            template_data={
                "production_order_id": str(production_order_id),
                "order_id": str(user_order_id or "none"),
            },
            reference_type="production_order",
            reference_id=str(production_order_id),
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")
