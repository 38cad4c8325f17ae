"""A product service with a little catalogue."""

from typing import Any
from uuid import uuid4

import pytest
from bunmart.cart.v1.cart_pb2 import AddCartItemRequest, AddCartItemResponse, CartInfo, CartItemInfo
from bunmart.product.v1.product_pb2_grpc import ProductCatalogServiceStub

from tests.support import FakePeers, StartService, Tokens

USER = uuid4()
CART, ITEM = uuid4(), uuid4()
PNG = b"\x89PNG\r\n\x1a\n and so on"


def add_item(request: AddCartItemRequest) -> AddCartItemResponse:
    """Answer as the cart service does for an empty cart: with the item."""
    item = CartItemInfo(cart_item_id=str(ITEM), product_id=request.product_id, quantity=request.quantity)
    cart = CartInfo(cart_id=str(CART), user_id=request.user_id, items=[item])
    return AddCartItemResponse(cart_id=str(CART), cart=cart)


class Shop:
    """The product service under test, and the steps that fill its catalogue."""

    def __init__(self, service: Any, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.stub = service.stub(ProductCatalogServiceStub)
        self.http = service.http
        self.database = service.database
        self.customer = tokens.auth("customer", USER)
        self.admin = tokens.auth("admin")

    async def create(self, path: str, **body: Any) -> dict[str, Any]:
        """Create something as an admin, ``create("products", name="Bun")``."""
        response = await self.http.post(f"/api/{path}", json=body, headers=self.admin)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def product(self, name: str = "Bun", **body: Any) -> str:
        """Create a product; returns its id."""
        product_id: str = (await self.create("products", name=name, **body))["product_id"]
        return product_id

    async def upload(
        self, product_id: str, data: bytes = PNG, content_type: str = "image/png", **query: str
    ) -> Any:
        """Upload an image as an admin."""
        return await self.http.post(
            f"/api/products/{product_id}/images",
            content=data,
            params=query,
            headers=self.admin | {"content-type": content_type},
        )

    async def names(self, query: str = "", **headers: str) -> list[str]:
        """Read the names on one page of the list."""
        response = await self.http.get(f"/api/products?{query}", headers=headers)
        assert response.status_code == 200, response.text
        return [product["name"] for product in response.json()["items"]]


@pytest.fixture
async def shop(start_service: StartService, peers: FakePeers, tokens: Tokens) -> Shop:
    """Start the product service; its cart takes everything."""
    peers.answer("AddCartItem", add_item)
    return Shop(await start_service("product", max_images=3), peers, tokens)
