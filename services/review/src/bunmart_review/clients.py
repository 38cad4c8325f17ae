"""The peers that the review service calls (docs/who-calls-whom.md)."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart.product.v1 import product_pb2, product_pb2_grpc
from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.rpc import Peers, call_peer
from bunmart_chassis.texts import clean_text


class Delivery(NamedTuple):
    """The answer to whether a product was delivered to a user, and the latest order that did."""

    delivered: bool
    order_id: UUID | None


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._user = user_pb2_grpc.UserServiceStub(peers.channel("user"))
        self._product = product_pb2_grpc.ProductCatalogServiceStub(peers.channel("product"))
        self._order = order_pb2_grpc.OrderServiceStub(peers.channel("order"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def is_active_user(self, user_id: UUID) -> bool:
        """Return True when the user exists and may act."""
        request = user_pb2.ValidateUserRequest(user_id=str(user_id))
        return (await call_peer(self._user.ValidateUser, request, peer="user")).valid

    async def is_active_product(self, product_id: UUID) -> bool:
        """Return True when the product exists and is for sale."""
        request = product_pb2.ValidateProductsRequest(product_ids=[str(product_id)])
        response = await call_peer(self._product.ValidateProducts, request, peer="product")
        return str(product_id) in response.valid_product_ids

    async def get_delivery(self, user_id: UUID, product_id: UUID) -> Delivery:
        """Ask the order service for the delivery of a product to a user."""
        request = order_pb2.ValidateOrderDeliveredForUserRequest(
            user_id=str(user_id), product_id=str(product_id)
        )
        response = await call_peer(self._order.ValidateOrderDeliveredForUser, request, peer="order")
        return Delivery(response.delivered, UUID(response.order_id) if response.order_id else None)

    async def notify(self, user_id: UUID, template: str, review_id: UUID, data: Mapping[str, str]) -> None:
        """Send a user a message about a review."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="EMAIL",
            template_id=template,
            template_data={name: clean_text(value) for name, value in data.items()},
            reference_type="review",
            reference_id=str(review_id),
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")
