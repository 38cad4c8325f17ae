"""Customers write, change and delete reviews."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import grpc
from bunmart.order.v1.order_pb2 import ValidateOrderDeliveredForUserResponse
from bunmart.product.v1.product_pb2 import ValidateProductsResponse
from bunmart.user.v1.user_pb2 import ValidateUserResponse

from tests.services.review.conftest import BUN, ORDER, USER, Desk
from tests.support import problem


async def test_a_review_is_public_at_once_and_its_author_is_told(desk: Desk) -> None:
    response = await desk.post(4, comment="  Crisp.  ")
    await desk.service.settle()

    assert response.status_code == 201
    review = response.json()
    assert {name: review[name] for name in ("product_id", "user_id", "order_id", "rating", "comment")} == {
        "product_id": str(BUN),
        "user_id": str(USER),
        "order_id": str(ORDER),
        "rating": 4,
        "comment": "Crisp.",
    }
    assert (review["status"], review["flag_count"], review["version"]) == ("PUBLISHED", 0, 1)
    assert (await desk.public(), await desk.rating()) == ([review["review_id"]], (4.0, 1))
    (sent,) = desk.peers.requests("SendNotification")
    assert (sent.user_id, sent.channel, sent.template_id) == (str(USER), "EMAIL", "review_published")
    assert dict(sent.template_data) == {"product_id": str(BUN), "rating": "4"}
    assert (sent.reference_type, sent.reference_id) == ("review", review["review_id"])


async def test_everybody_is_asked_before_a_review_is_written(desk: Desk) -> None:
    await desk.written()

    assert [each.user_id for each in desk.peers.requests("ValidateUser")] == [str(USER)]
    assert [list(each.product_ids) for each in desk.peers.requests("ValidateProducts")] == [[str(BUN)]]
    (delivered,) = desk.peers.requests("ValidateOrderDeliveredForUser")
    assert (delivered.user_id, delivered.product_id) == (str(USER), str(BUN))


async def test_what_a_peer_denies_writes_nothing(desk: Desk) -> None:
    undelivered = ValidateOrderDeliveredForUserResponse(delivered=False)
    for rpc, answer, status, code in (
        ("ValidateOrderDeliveredForUser", undelivered, 409, "PRODUCT_NOT_DELIVERED"),
        ("ValidateProducts", ValidateProductsResponse(), 404, "PRODUCT_NOT_FOUND"),
        ("ValidateUser", ValidateUserResponse(valid=False), 404, "USER_NOT_FOUND"),
    ):
        desk.peers.answer(rpc, answer)
        refused = await desk.post()
        assert (refused.status_code, problem(refused)["code"]) == (status, code)

    assert [await desk.count(table) for table in ("reviews", "product_ratings", "pgqueuer")] == [0, 0, 0]


async def test_a_peer_that_does_not_answer_writes_nothing(desk: Desk) -> None:
    for rpc in ("ValidateUser", "ValidateProducts", "ValidateOrderDeliveredForUser"):
        desk.peers.fail(rpc, grpc.StatusCode.UNAVAILABLE)
        refused = await desk.post()
        assert (refused.status_code, problem(refused)["code"]) == (503, "PEER_UNAVAILABLE")

    assert await desk.count("reviews") == 0


async def test_without_the_setting_nobody_asks_for_a_delivery(
    open_desk: Callable[..., Awaitable[Desk]],
) -> None:
    desk = await open_desk(require_delivery=False)

    review = (await desk.post()).json()

    assert review["order_id"] is None
    assert desk.peers.calls("ValidateOrderDeliveredForUser") == []


async def test_a_second_review_of_a_product_is_refused(desk: Desk) -> None:
    await desk.written(5)

    refused = await desk.post(1)

    assert (refused.status_code, problem(refused)["code"]) == (409, "REVIEW_EXISTS")
    assert problem(refused)["errors"][0]["field"] == "product_id"
    assert await desk.rating() == (5.0, 1)
    await desk.written(1, product_id=uuid4())


async def test_of_ten_reviews_at_once_one_is_written(desk: Desk) -> None:
    responses = await asyncio.gather(*(desk.post(3) for _ in range(10)))
    await desk.service.settle()

    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert await desk.rating() == (3.0, 1)
    assert len(desk.peers.requests("SendNotification")) == 1


async def test_a_repeat_with_the_same_key_gets_the_same_review(desk: Desk) -> None:
    headers = {**desk.author, "idempotency-key": "review-1"}

    first, second = await desk.post(by=headers), await desk.post(by=headers)

    assert first.json() == second.json()
    assert (first.status_code, second.status_code) == (201, 201)
    assert await desk.rating() == (5.0, 1)


async def test_concurrent_duplicates_under_one_key_get_the_same_review(desk: Desk) -> None:
    headers = {**desk.author, "idempotency-key": "review-1"}

    responses = await asyncio.gather(*(desk.post(by=headers) for _ in range(4)))
    await desk.service.settle()

    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["review_id"] for response in responses}) == 1
    assert (await desk.rating(), await desk.count("reviews")) == ((5.0, 1), 1)
    assert len(desk.peers.requests("SendNotification")) == 1


async def test_a_refusal_is_not_kept_under_its_key(desk: Desk) -> None:
    headers = {**desk.author, "idempotency-key": "review-1"}
    desk.peers.fail("ValidateOrderDeliveredForUser", grpc.StatusCode.UNAVAILABLE, times=1)

    refused = await desk.post(by=headers)
    written = await desk.post(by=headers)

    assert (refused.status_code, written.status_code) == (503, 201)
    assert await desk.rating() == (5.0, 1)


async def test_a_notification_that_fails_is_sent_later(desk: Desk) -> None:
    desk.peers.fail("SendNotification", grpc.StatusCode.UNAVAILABLE, times=2)

    await desk.written()
    await desk.service.settle()

    keys = {call.metadata["idempotency-key"] for call in desk.peers.calls("SendNotification")}
    assert (len(desk.peers.calls("SendNotification")), len(keys)) == (3, 1)


async def test_a_change_moves_the_rating(desk: Desk) -> None:
    review_id = await desk.written(5)
    await desk.written(2, by=desk.stranger)

    changed = await desk.http.put(
        f"/api/reviews/{review_id}", json={"rating": 3, "comment": "Well."}, headers=desk.author
    )

    assert changed.status_code == 200
    assert (changed.json()["rating"], changed.json()["comment"], changed.json()["version"]) == (3, "Well.", 2)
    assert await desk.rating() == (2.5, 2)


async def test_a_change_of_an_old_version_is_refused(desk: Desk) -> None:
    path = f"/api/reviews/{await desk.written(5)}"
    bodies = [{"rating": rating, "version": 1} for rating in (1, 2, 3, 4)]

    responses = await asyncio.gather(
        *(desk.http.put(path, json=body, headers=desk.author) for body in bodies)
    )

    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409]
    lost = next(response for response in responses if response.status_code == 409)
    assert (problem(lost)["code"], problem(lost)["metadata"]) == ("ABORTED", {"version": "2"})
    assert await desk.drift() == []


async def test_a_deleted_review_counts_no_more_and_can_be_written_again(desk: Desk) -> None:
    review_id = await desk.written(1)

    response = await desk.http.delete(f"/api/reviews/{review_id}", headers=desk.author)

    assert response.status_code == 204
    assert (await desk.public(), await desk.rating()) == ([], (0.0, 0))
    assert (await desk.http.delete(f"/api/reviews/{review_id}", headers=desk.author)).status_code == 404
    await desk.written(5)
    assert await desk.rating() == (5.0, 1)


async def test_of_deletions_at_once_one_counts(desk: Desk) -> None:
    path = f"/api/reviews/{await desk.written(1)}"
    await desk.written(4, by=desk.stranger)

    responses = await asyncio.gather(*(desk.http.delete(path, headers=desk.author) for _ in range(5)))

    assert sorted(response.status_code for response in responses) == [204] + [404] * 4
    assert await desk.rating() == (4.0, 1)


async def test_the_author_cannot_undo_a_removal(desk: Desk) -> None:
    review_id = await desk.written()
    await desk.moderate(review_id, "remove")

    deleted = await desk.http.delete(f"/api/reviews/{review_id}", headers=desk.author)
    changed = await desk.http.put(f"/api/reviews/{review_id}", json={"rating": 5}, headers=desk.author)
    again = await desk.post()

    assert [problem(each)["code"] for each in (deleted, changed, again)] == [
        "REVIEW_REMOVED",
        "REVIEW_REMOVED",
        "REVIEW_EXISTS",
    ]
    assert await desk.status(review_id) == "REMOVED"
