"""The peers that the cart service calls (``docs/who-calls-whom.md``)."""

from collections.abc import Iterable
from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.order.v1 import order_pb2, order_pb2_grpc
from bunmart.product.v1 import product_pb2, product_pb2_grpc
from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.rpc import Peers, call_peer
from bunmart_chassis.texts import clean_text

from bunmart_cart.domain import CheckoutAttempt


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer.

    None may be called once the unit of work of a call is open: a row would stay locked meanwhile.
    """

    def __init__(self, peers: Peers) -> None:
        self._product = product_pb2_grpc.ProductCatalogServiceStub(peers.channel("product"))
        self._user = user_pb2_grpc.UserServiceStub(peers.channel("user"))
        self._order = order_pb2_grpc.OrderServiceStub(peers.channel("order"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def valid_products(self, product_ids: Iterable[UUID]) -> set[UUID]:
        """Return those of the products that are for sale."""
        request = product_pb2.ValidateProductsRequest(product_ids=[str(each) for each in product_ids])
        response = await call_peer(self._product.ValidateProducts, request, peer="product")
        return {UUID(each) for each in response.valid_product_ids}

    async def is_active_user(self, user_id: UUID) -> bool:
        """Return True for a user who exists and may have a cart."""
        request = user_pb2.ValidateUserRequest(user_id=str(user_id))
        return (await call_peer(self._user.ValidateUser, request, peer="user")).valid

    async def create_order_intent(self, attempt: CheckoutAttempt) -> UUID:
        """Order the products of an attempt; a repeat of the attempt returns the same order."""
        line = order_pb2.CreateOrderIntentRequest.CartLine
        request = order_pb2.CreateOrderIntentRequest(
            user_id=str(attempt.user_id),
            items=[
                line(product_id=str(each.product_id), quantity=each.quantity, note=clean_text(each.note))
                for each in attempt.lines
            ],
            cart_id=str(attempt.cart_id),
            note=clean_text(attempt.note),
        )
        response = await call_peer(
            self._order.CreateOrderIntent, request, peer="order", idempotency_key=attempt.order_key
        )
        return UUID(response.order_id)

    async def remind_of_cart(self, user_id: UUID, cart_id: UUID, item_count: int) -> None:
        """Send the customer a reminder of the cart."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="EMAIL",
            template_id="cart_abandoned",
            template_data={"item_count": str(item_count)},
            reference_type="cart",
            reference_id=str(cart_id),
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")
