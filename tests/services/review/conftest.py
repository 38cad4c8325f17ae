"""A review service whose peers agree to everything."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import ValidateOrderDeliveredForUserResponse
from bunmart.product.v1.product_pb2 import ValidateProductsRequest, ValidateProductsResponse
from bunmart.review.v1.review_pb2_grpc import ReviewServiceStub
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.support import FakePeers, ServiceHarness, StartService, Tokens

USER, BUN, ORDER = uuid4(), uuid4(), uuid4()
DRIFT = """
SELECT product_id, rating_sum, rating_count FROM product_ratings WHERE rating_count > 0
EXCEPT SELECT product_id, sum(rating), count(*) FROM reviews WHERE status = 'PUBLISHED' GROUP BY 1
UNION ALL (SELECT product_id, sum(rating), count(*) FROM reviews WHERE status = 'PUBLISHED' GROUP BY 1
EXCEPT SELECT product_id, rating_sum, rating_count FROM product_ratings)
"""


class Desk:
    """The review service under test, and the steps of its customers and admins."""

    def __init__(self, service: ServiceHarness, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.tokens = tokens
        self.stub: Any = service.stub(ReviewServiceStub)
        self.http = service.http
        self.database = service.database
        self.author = tokens.auth("customer", USER)
        self.stranger = tokens.auth("customer")
        self.admin = tokens.auth("admin")

    def customer(self, user_id: UUID | None = None) -> dict[str, str]:
        """Sign in as another customer."""
        return self.tokens.auth("customer", user_id)

    async def post(
        self, rating: int = 5, *, product_id: UUID = BUN, by: dict[str, str] | None = None, comment: str = ""
    ) -> httpx.Response:
        """Review a product, as the author unless ``by`` is another."""
        body = {"product_id": str(product_id), "rating": rating, "comment": comment}
        return await self.http.post("/api/reviews", json=body, headers=by or self.author)

    async def written(self, rating: int = 5, **how: Any) -> str:
        """Write a review; returns its id."""
        response = await self.post(rating, **how)
        assert response.status_code == 201, response.text
        review_id: str = response.json()["review_id"]
        return review_id

    async def flag(self, review_id: str, times: int = 1) -> None:
        """Flag a review as several customers at the same time."""
        flags = [
            self.http.post(f"/api/reviews/{review_id}/flag", headers=self.customer()) for _ in range(times)
        ]
        assert [response.status_code for response in await asyncio.gather(*flags)] == [204] * times

    async def moderate(self, review_id: str, action: str, note: str = "") -> dict[str, Any]:
        """Decide on a review as an admin."""
        body = {"action": action, "note": note}
        response = await self.http.post(f"/api/reviews/{review_id}/moderate", json=body, headers=self.admin)
        assert response.status_code == 200, response.text
        review: dict[str, Any] = response.json()
        return review

    async def status(self, review_id: str) -> str:
        """Read the status as an admin."""
        response = await self.http.get(f"/api/reviews/{review_id}", headers=self.admin)
        status: str = response.json()["status"]
        return status

    async def rating(self, product_id: UUID = BUN) -> tuple[float, int]:
        """Read average and number, as everybody may."""
        answer = (await self.http.get(f"/api/reviews/product/{product_id}/rating")).json()
        assert answer["product_id"] == str(product_id)
        return answer["average_rating"], answer["total_count"]

    async def public(self, product_id: UUID = BUN) -> list[str]:
        """Read the ids of the published reviews."""
        page = (await self.http.get(f"/api/reviews/product/{product_id}")).json()
        return [item["review_id"] for item in page["items"]]

    async def drift(self) -> list[Any]:
        """Find the products whose kept rating differs from a recount."""
        return await self.database.fetch(DRIFT)

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        return (await self.database.fetch(f"SELECT count(*) FROM {table}"))[0]["count"]  # type: ignore[no-any-return]


def all_valid(request: ValidateProductsRequest) -> ValidateProductsResponse:
    """Answer that every product exists."""
    return ValidateProductsResponse(valid_product_ids=request.product_ids)


@pytest.fixture
async def open_desk(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> Callable[..., Awaitable[Desk]]:
    """``await open_desk(require_delivery=False)``: the review service with settings of a test's own."""
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("ValidateProducts", all_valid)
    peers.answer(
        "ValidateOrderDeliveredForUser",
        ValidateOrderDeliveredForUserResponse(delivered=True, order_id=str(ORDER)),
    )
    peers.answer("SendNotification", SendNotificationResponse(notification_id="n", status="QUEUED"))

    async def start(**settings: Any) -> Desk:
        return Desk(await start_service("review", **settings), peers, tokens)

    return start


@pytest.fixture
async def desk(open_desk: Callable[..., Awaitable[Desk]]) -> Desk:
    """Start the review service; its peers agree to everything."""
    return await open_desk()
