"""A pricing service whose catalogue knows every product but one."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from bunmart.pricing.v1 import pricing_pb2
from bunmart.pricing.v1.pricing_pb2_grpc import PricingServiceStub
from bunmart.product.v1.product_pb2 import SaleProduct, ValidateProductsRequest, ValidateProductsResponse

from tests.support import FakePeers, ServiceHarness, StartService, Tokens

USER, BUN, ROLL, UNKNOWN, DRINKS = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()
Item = pricing_pb2.CalculateOrderPricingRequest.LineItem
CURRENCIES = {
    "EUR": {"delivery_fee": "4.90", "free_from": "30.00"},
    "USD": {"delivery_fee": "5.50"},
    "JPY": {"delivery_fee": "600", "free_from": "4000"},
}
PATHS = {"price": "prices", "campaign": "campaigns", "discount": "discounts", "coupon": "coupons"}


def days(number: int) -> str:
    """A time so many days from now."""
    return (datetime.now(UTC) + timedelta(days=number)).isoformat()


class Till:
    """The pricing service under test, and what admins and the order service do with it."""

    def __init__(self, service: ServiceHarness, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.stub: Any = service.stub(PricingServiceStub)
        self.http = service.http
        self.database = service.database
        self.customer = tokens.auth("customer", USER)
        self.admin = tokens.auth("admin")

    async def post(self, noun: str, by: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        """Create an entity."""
        headers = self.admin if by is None else by
        return await self.http.post(f"/api/{PATHS[noun]}", json=body, headers=headers)

    async def add(self, noun: str, **body: Any) -> str:
        """The id of a new entity."""
        response = await self.post(noun, **body)
        assert response.status_code == 201, response.text
        row_id: str = response.json()[f"{noun}_id"]
        return row_id

    async def price(self, product_id: UUID, unit_price: str, **more: Any) -> str:
        """Give a product its price."""
        return await self.add("price", product_id=str(product_id), unit_price=unit_price, **more)

    async def coupon(self, code: str, value: str, **more: Any) -> str:
        """A coupon of an amount, or of percent with ``type="PERCENT"``."""
        return await self.add("coupon", **{"code": code, "type": "FIXED", "value": value, **more})

    async def totals(
        self, *items: tuple[UUID, int], coupons: list[str] | None = None
    ) -> pricing_pb2.CalculateOrderPricingResponse:
        """Return the price of an order, as the order service asks for it."""
        request = order_request(*items, coupons=coupons)
        answer: pricing_pb2.CalculateOrderPricingResponse = await self.stub.CalculateOrderPricing(request)
        return answer

    async def quote(
        self, *items: tuple[UUID, int], by: dict[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Return the public quote of a cart."""
        body = {"items": [{"product_id": str(each), "quantity": count} for each, count in items], **more}
        response = await self.http.post("/api/quotes", json=body, headers=by or {})
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def reserve(
        self,
        order_id: UUID,
        *coupons: str,
        expected: str,
        user_id: UUID = USER,
        items: tuple[tuple[UUID, int], ...] = ((BUN, 2),),
        hold_seconds: int = 3600,
        attempt: int = 0,
        expected_tax: str = "",
    ) -> pricing_pb2.ReserveOrderPricingResponse:
        """Ask as the order service does at Pay."""
        order = order_request(*items, coupons=list(coupons))
        order.user_id, order.order_id = str(user_id), str(order_id)
        answer: pricing_pb2.ReserveOrderPricingResponse = await self.stub.ReserveOrderPricing(
            pricing_pb2.ReserveOrderPricingRequest(
                order=order,
                expected_total=expected,
                hold_seconds=hold_seconds,
                attempt=attempt,
                expected_tax_total=expected_tax,
            )
        )
        return answer

    async def settle(self, order_id: UUID, outcome: str, attempt: int = 0) -> None:
        """Report the end of an order's reservation."""
        request = pricing_pb2.SettleOrderPricingRequest(
            order_id=str(order_id), outcome=outcome, attempt=attempt
        )
        assert (await self.stub.SettleOrderPricing(request)).acknowledged

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        return (await self.database.fetch(f"SELECT count(*) FROM {table}"))[0]["count"]  # type: ignore[no-any-return]


def order_request(
    *items: tuple[UUID, int], coupons: list[str] | None = None
) -> pricing_pb2.CalculateOrderPricingRequest:
    """An order of those quantities."""
    return pricing_pb2.CalculateOrderPricingRequest(
        user_id=str(USER),
        items=[Item(product_id=str(product_id), quantity=quantity) for product_id, quantity in items],
        coupon_codes=coupons or [],
    )


def known(request: ValidateProductsRequest) -> ValidateProductsResponse:
    """All products but ``UNKNOWN``; a roll is a beverage of the category ``DRINKS``."""
    valid = [each for each in request.product_ids if each != str(UNKNOWN)]
    return ValidateProductsResponse(valid_product_ids=valid, products=[sold(each) for each in valid])


def sold(product_id: str) -> SaleProduct:
    """A product as it is sold."""
    if product_id == str(ROLL):
        return SaleProduct(
            product_id=product_id,
            name="Roll",
            unit="cup",
            category_id=str(DRINKS),
            tax_category="beverage",
        )
    return SaleProduct(
        product_id=product_id, name="Bun", unit="piece", tax_category="food", allergens=["gluten"]
    )


@pytest.fixture
async def open_till(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> Callable[..., Awaitable[Till]]:
    """``await open_till(currency_code="JPY")``: the pricing service with settings of a test's own."""
    peers.answer("ValidateProducts", known)

    async def start(**settings: Any) -> Till:
        settings.setdefault("shop_currencies", CURRENCIES)
        return Till(await start_service("pricing", **settings), peers, tokens)

    return start


@pytest.fixture
async def till(open_till: Callable[..., Awaitable[Till]]) -> Till:
    """The pricing service."""
    return await open_till()
