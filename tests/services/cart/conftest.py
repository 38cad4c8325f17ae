"""A cart service whose peers agree to everything."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.cart.v1.cart_pb2 import (
    AddCartItemRequest,
    AddCartItemResponse,
    CartInfo,
    InvalidateCartRequest,
    RestoreCartRequest,
    RestoreCartResponse,
)
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import CreateOrderIntentRequest, CreateOrderIntentResponse
from bunmart.product.v1.product_pb2 import ValidateProductsRequest, ValidateProductsResponse
from bunmart.user.v1.user_pb2 import ValidateUserResponse
from bunmart_cart.clients import Clients
from bunmart_cart.service import Carts
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.rpc import Peers

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
    """The order service: one order per idempotency key.

    Attributes:
        orders: Ids of orders by their keys.
        requests: The requests that became orders, by order id.
    """

    def __init__(self) -> None:
        self.orders: dict[str, str] = {}
        self.requests: dict[str, CreateOrderIntentRequest] = {}

    def __call__(self, request: Any, metadata: dict[str, str]) -> CreateOrderIntentResponse:
        return CreateOrderIntentResponse(order_id=self.create(request, metadata["idempotency-key"]))

    def create(self, request: CreateOrderIntentRequest, key: str) -> str:
        """Create the order, or find it; a key with another request is refused as order does."""
        order_id = self.orders.setdefault(key, str(uuid4()))
        if self.requests.setdefault(order_id, request) != request:
            raise InvalidArgumentError("other request", code="IDEMPOTENCY_KEY_REUSED")
        return order_id

    def pieces_of(self, user_id: UUID) -> Counter[str]:
        """Product ids and pieces of all orders of a user."""
        ordered: Counter[str] = Counter()
        for request in self.requests.values():
            if request.user_id == str(user_id):
                ordered.update({line.product_id: line.quantity for line in request.items})
        return ordered


class Shop:
    """The cart service under test, and the steps that fill a cart."""

    def __init__(self, service: Any, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.stub = service.stub(CartServiceStub)
        self.http = service.http
        self.database = service.database
        self.tokens = tokens
        self.customer = tokens.auth("customer", USER)
        self.stranger = tokens.auth("customer", uuid4())
        self.admin = tokens.auth("admin")
        self.visitor = {"x-session-id": SESSION}
        self.order = OrderPeer()
        peers.answer("CreateOrderIntent", self.order)

    @property
    def carts(self) -> Carts:
        """The use cases that only schedules call; their peers do not answer."""
        return Carts(self.database, Clients(Peers("127.0.0.1:1")), self.service.settings)

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

    async def restore(
        self, order_id: UUID | str, *goods: tuple[UUID, int, str], user_id: UUID = USER, note: str = ""
    ) -> bool:
        """Give products, pieces and notes of an order back, as order does when it ended unpaid."""
        item = RestoreCartRequest.Item
        response: RestoreCartResponse = await self.stub.RestoreCart(
            RestoreCartRequest(
                user_id=str(user_id),
                order_id=str(order_id),
                items=[
                    item(product_id=str(each), quantity=pieces, note=words) for each, pieces, words in goods
                ],
                note=note,
            )
        )
        return response.restored

    async def put(self, path: str, body: dict[str, Any]) -> None:
        """Change something of the customer's cart."""
        changed = await self.http.put(f"/api/carts/{path}", json=body, headers=self.customer)
        assert changed.status_code == 200

    async def read(self) -> dict[str, Any]:
        """The customer's cart over REST."""
        answer = await self.http.get(f"/api/carts/user/{USER}", headers=self.customer)
        cart: dict[str, Any] = answer.json()
        return cart

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


OpenShop = Callable[..., Awaitable[Shop]]


@pytest.fixture
async def open_shop(start_service: StartService, peers: FakePeers, tokens: Tokens) -> OpenShop:
    """``await open_shop(abandoned_after_seconds=1)``: the cart service with settings of a test's own."""
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("ValidateProducts", validate)
    peers.answer("SendNotification", SendNotificationResponse(notification_id="n", status="QUEUED"))

    async def start(**settings: Any) -> Shop:
        return Shop(await start_service("cart", **settings), peers, tokens)

    return start


@pytest.fixture
async def shop(open_shop: OpenShop) -> Shop:
    """The cart service; its peers agree to everything."""
    return await open_shop()
