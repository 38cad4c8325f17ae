"""A cart service whose peers agree to everything."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.cart.v1.cart_pb2 import AddCartItemRequest, AddCartItemResponse, CartInfo, InvalidateCartRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import CreateOrderIntentResponse
from bunmart.product.v1.product_pb2 import ValidateProductsRequest, ValidateProductsResponse
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.support import FakePeers, StartService, Tokens

USER = uuid4()
BUN, ROLL, GONE = uuid4(), uuid4(), uuid4()
SESSION = "session-of-a-visitor"


def validate(request: ValidateProductsRequest) -> ValidateProductsResponse:
    """All products are for sale but GONE."""
    return ValidateProductsResponse(
        valid_product_ids=[each for each in request.product_ids if each != str(GONE)]
    )


class OrderPeer:
    """The order service: one order per idempotency key."""

    def __init__(self) -> None:
        self.orders: dict[str, str] = {}

    def __call__(self, request: Any, metadata: dict[str, str]) -> CreateOrderIntentResponse:
        key = metadata["idempotency-key"]
        return CreateOrderIntentResponse(order_id=self.orders.setdefault(key, str(uuid4())))


class Shop:
    """The cart service under test, and the steps that fill a cart."""

    def __init__(self, service: Any, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.stub = service.stub(CartServiceStub)
        self.http = service.http
        self.database = service.database
        self.customer = tokens.auth("customer", USER)
        self.stranger = tokens.auth("customer", uuid4())
        self.admin = tokens.auth("admin")
        self.visitor = {"x-session-id": SESSION}
        self.order = OrderPeer()
        peers.answer("CreateOrderIntent", self.order)

    async def add(
        self,
        product_id: UUID | str = BUN,
        quantity: int = 1,
        *,
        user_id: UUID | str = USER,
        session_id: str = "",
        cart_id: str = "",
        key: str | None = None,
    ) -> CartInfo:
        """Add to the cart, as product does when the frontend asks for it."""
        response: AddCartItemResponse = await self.stub.AddCartItem(
            AddCartItemRequest(
                user_id=str(user_id),
                product_id=str(product_id),
                quantity=quantity,
                cart_id=cart_id,
                session_id=session_id,
            ),
            metadata=(("idempotency-key", key),) if key else (),
        )
        assert response.cart_id == response.cart.cart_id
        return response.cart

    async def add_as_visitor(self, product_id: UUID = BUN, quantity: int = 1) -> CartInfo:
        """Add to the cart of the session, before login."""
        return await self.add(product_id, quantity, user_id="", session_id=SESSION)

    async def ordered(self, cart_id: str, order_id: UUID, *product_ids: UUID) -> None:
        """Take ordered products out of the cart, as order does."""
        response = await self.stub.InvalidateCart(
            InvalidateCartRequest(
                cart_id=cart_id, order_id=str(order_id), product_ids=[str(each) for each in product_ids]
            )
        )
        assert response.invalidated

    async def checkout(self, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """Press Checkout as the customer."""
        return await self.http.post("/api/carts/checkout", json=body or {}, headers=self.customer | headers)

    async def content(self, user_id: UUID = USER) -> dict[str, int]:
        """Product ids and pieces in the user's cart, from the database."""
        rows = await self.database.fetch(
            "SELECT product_id, quantity FROM cart_items i JOIN carts c ON c.id = i.cart_id WHERE user_id = $1",
            user_id,
        )
        return {str(product_id): quantity for product_id, quantity in rows}


def pieces(cart: CartInfo) -> dict[str, int]:
    """Product ids and pieces of an answer."""
    return {item.product_id: item.quantity for item in cart.items}


@pytest.fixture
async def open_shop(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> Callable[..., Awaitable[Shop]]:
    """``await open_shop(abandoned_after_seconds=1)``: the cart service with settings of a test's own."""
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("ValidateProducts", validate)
    peers.answer("SendNotification", SendNotificationResponse(notification_id="n", status="QUEUED"))

    async def start(**settings: Any) -> Shop:
        return Shop(await start_service("cart", **settings), peers, tokens)

    return start


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]]) -> Shop:
    """The cart service; its peers agree to everything."""
    return await open_shop()
