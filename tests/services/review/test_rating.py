"""The kept rating equals a recount after any changes in any order."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from bunmart_chassis.errors import BunmartError
from bunmart_review import domain
from bunmart_review.domain import ModerationAction, Rating, RatingChange, Review, ReviewStatus
from hypothesis import given
from hypothesis import strategies as st

from tests.services.review.conftest import BUN, Desk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REVIEWS = st.builds(
    Review,
    id=st.uuids(),
    product_id=st.just(BUN),
    user_id=st.uuids(),
    order_id=st.none(),
    rating=st.integers(1, 5),
    comment=st.just(""),
    status=st.sampled_from(ReviewStatus),
    flag_count=st.integers(0, 5),
    version=st.integers(1, 9),
    created_at=st.just(NOW),
    updated_at=st.just(NOW),
)
STEPS = st.one_of(
    st.tuples(st.just("edit"), st.integers(1, 5)),
    st.tuples(st.just("flag"), st.integers(1, 3)),
    st.tuples(st.just("moderate"), st.sampled_from(ModerationAction)),
)


def step(review: Review, kind: str, value: Any) -> Review:
    try:
        match kind:
            case "edit":
                return domain.edited(
                    review, rating=value, comment="", version=None, publish_at_once=True, now=NOW
                )
            case "flag":
                return domain.flagged(review, hide_after=value, now=NOW)
            case _:
                return domain.moderated(review, value, NOW)
    except BunmartError:
        return review


@given(REVIEWS, st.lists(STEPS))
def test_the_changes_of_a_review_add_up_to_what_it_counts(review: Review, steps: list[Any]) -> None:
    total = domain.rating_change(None, review)
    for kind, value in steps:
        after = step(review, kind, value)
        change = domain.rating_change(review, after)
        total = RatingChange(total.rating_sum + change.rating_sum, total.rating_count + change.rating_count)
        assert after.version >= review.version
        review = after
    public = review.status is ReviewStatus.PUBLISHED

    assert total == (RatingChange(review.rating, 1) if public else RatingChange(0, 0))
    assert domain.rating_change(review, None) == RatingChange(-total.rating_sum, -total.rating_count)


@given(REVIEWS, st.integers(1, 5))
def test_only_a_decision_makes_a_hidden_review_public(review: Review, rating: int) -> None:
    if review.status is ReviewStatus.PUBLISHED:
        return
    assert step(review, "edit", rating).status is review.status
    assert step(review, "flag", 1).status is review.status
    assert step(review, "moderate", ModerationAction.NOTE) == review
    assert step(review, "moderate", ModerationAction.PUBLISH).status is ReviewStatus.PUBLISHED


@given(st.lists(st.integers(1, 5), min_size=1))
def test_an_average_lies_between_worst_and_best(ratings: list[int]) -> None:
    average = Rating(BUN, sum(ratings), len(ratings)).average

    assert min(ratings) <= average <= max(ratings)
    assert abs(average - sum(ratings) / len(ratings)) <= 0.005 + 1e-9
    assert average == round(average, 2)


def test_halves_are_rounded_up() -> None:
    assert Rating(BUN, 1000 + 5, 1000).average == 1.01
    assert msgspec.json.encode(Rating(BUN, 14, 3).average) == b"4.67"


class Crowd:
    """Customers and admins who do random things to the reviews of two products at the same time."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.random = random.Random(seed)
        self.users = [uuid4() for _ in range(6)]
        self.products = [BUN, uuid4()]

    async def act(self) -> None:
        kind = self.random.choice(["post", "post", "edit", "delete", "flag", "moderate", "admin-delete"])
        headers = self.desk.customer(self.random.choice(self.users))
        product_id: UUID = self.random.choice(self.products)
        if kind == "post":
            await self.check(
                await self.desk.post(self.random.randint(1, 5), product_id=product_id, by=headers)
            )
            return
        rows = await self.desk.database.fetch("SELECT id, user_id FROM reviews")
        if rows:
            row = self.random.choice(rows)
            await self.change(kind, row["id"], self.desk.customer(row["user_id"]), headers)

    async def change(self, kind: str, review_id: UUID, author: dict[str, str], other: dict[str, str]) -> None:
        http, path = self.desk.http, f"/api/reviews/{review_id}"
        match kind:
            case "edit":
                body = {"rating": self.random.randint(1, 5)}
                response = await http.put(path, json=body, headers=author)
            case "delete":
                response = await http.delete(path, headers=author)
            case "flag":
                response = await http.post(f"{path}/flag", headers=other)
            case "moderate":
                action = {"action": self.random.choice(["publish", "remove"])}
                response = await http.post(f"{path}/moderate", json=action, headers=self.desk.admin)
            case _:
                response = await http.delete(path, headers=self.desk.admin)
        await self.check(response)

    async def check(self, response: Any) -> None:
        assert response.status_code in {200, 201, 204, 404, 409}, response.text


async def test_one_after_the_other_never_drifts(desk: Desk) -> None:
    crowd = Crowd(desk, 1)
    for _ in range(60):
        await crowd.act()
        assert await desk.drift() == []


async def test_all_at_once_never_drifts(desk: Desk) -> None:
    crowd = Crowd(desk, 2)
    for _ in range(8):
        await asyncio.gather(*(crowd.act() for _ in range(25)))
        assert await desk.drift() == []
    assert await desk.count("product_ratings") == 2
