"""The peers that the shipping service calls (docs/who-calls-whom.md)."""

from collections.abc import Mapping
from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError, NotFoundError
from bunmart_chassis.rpc import Peers, call_peer
from bunmart_chassis.texts import clean_text

from bunmart_shipping.domain import OrderStatus, Recipient


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._order = order_pb2_grpc.OrderServiceStub(peers.channel("order"))
        self._user = user_pb2_grpc.UserServiceStub(peers.channel("user"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def set_order_shipping(self, shipment_id: UUID, order_id: UUID, status: OrderStatus) -> None:
        """Move the order on; a repeat is acknowledged."""
        request = order_pb2.SetOrderShippingRequest(
            shipment_id=str(shipment_id), order_id=str(order_id), status=status
        )
        await call_peer(self._order.SetOrderShipping, request, peer="order")

    async def recipient(self, user_id: UUID) -> Recipient:
        """Ask for the person whom the driver calls; the name is empty when the user is gone."""
        request = user_pb2.GetUserRequest(user_id=str(user_id))
        try:
            user = (await call_peer(self._user.GetUser, request, peer="user")).user
        except NotFoundError:
            return Recipient("", "")
        return Recipient(user.display_name, user.phone)

    async def require_user(self, field: str, user_id: UUID) -> None:
        """Check that there is such a user.

        Raises:
            InvalidArgumentError: There is none (``field``).
        """
        request = user_pb2.GetUserRequest(user_id=str(user_id))
        try:
            await call_peer(self._user.GetUser, request, peer="user")
        except NotFoundError:
            raise InvalidArgumentError.field(field, "is not a user") from None

    async def tell_customer(
        self, user_id: UUID, template: str, shipment_id: UUID, data: Mapping[str, str]
    ) -> None:
        """Send the customer a message about a shipment."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="EMAIL",
            template_id=template,
            template_data={name: clean_text(value) for name, value in data.items()},
            reference_type="shipment",
            reference_id=str(shipment_id),
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")
