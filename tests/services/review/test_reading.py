"""Lists, ratings, and the gRPC contract."""

from uuid import uuid4

import grpc
from bunmart.review.v1.review_pb2 import GetProductRatingRequest, GetReviewsRequest

from tests.services.review.conftest import BUN, USER, Desk
from tests.support import problem, read_pages, rpc_error

PUBLIC = {"review_id", "product_id", "user_id", "rating", "comment", "status", "created_at", "updated_at"}


async def test_pages_of_a_product_are_newest_first_and_complete(desk: Desk) -> None:
    written = [await desk.written(rating, by=desk.customer()) for rating in (1, 2, 3, 4, 5)]
    await desk.written(product_id=uuid4())

    found = await read_pages(desk.http, f"/api/reviews/product/{BUN}")

    assert all(item.keys() == PUBLIC for item in found)
    assert [item["review_id"] for item in found] == written[::-1]


async def test_grpc_gives_the_same_pages(desk: Desk) -> None:
    written = [await desk.written(rating, by=desk.customer(), comment="Hm.") for rating in (1, 2, 4)]
    await desk.moderate(written[0], "remove")

    first = await desk.stub.GetReviews(GetReviewsRequest(product_id=str(BUN), page_size=1))
    second = await desk.stub.GetReviews(
        GetReviewsRequest(product_id=str(BUN), page_size=1, page_token=first.next_page_token)
    )
    rating = await desk.stub.GetProductRating(GetProductRatingRequest(product_id=str(BUN)))

    assert [review.review_id for page in (first, second) for review in page.reviews] == written[:0:-1]
    assert second.next_page_token == ""
    review = first.reviews[0]
    assert (review.rating, review.comment, review.status, review.product_id) == (
        4,
        "Hm.",
        "PUBLISHED",
        str(BUN),
    )
    assert review.created_at.seconds > 0
    assert (rating.product_id, rating.average_rating, rating.total_count) == (str(BUN), 3.0, 2)


async def test_a_product_without_reviews_is_empty(desk: Desk) -> None:
    product_id = uuid4()

    reviews = await desk.stub.GetReviews(GetReviewsRequest(product_id=str(product_id)))
    rating = await desk.stub.GetProductRating(GetProductRatingRequest(product_id=str(product_id)))

    assert (list(reviews.reviews), reviews.next_page_token) == ([], "")
    assert (rating.average_rating, rating.total_count) == (0.0, 0)
    assert (await desk.public(product_id), await desk.rating(product_id)) == ([], (0.0, 0))


async def test_an_average_has_two_decimals(desk: Desk) -> None:
    for rating in (5, 5, 4):
        await desk.written(rating, by=desk.customer())

    assert await desk.rating() == (4.67, 3)


async def test_a_bad_rpc_names_the_field(desk: Desk) -> None:
    for request, field in (
        (GetReviewsRequest(), "product_id"),
        (GetReviewsRequest(product_id="bun"), "product_id"),
        (GetReviewsRequest(product_id="\x00"), "product_id"),
        (GetReviewsRequest(product_id=str(BUN), page_size=-1), "page_size"),
        (GetReviewsRequest(product_id=str(BUN), page_token="x"), "page_token"),
        (GetReviewsRequest(product_id=str(BUN), page_token="é" * 5), "page_token"),
    ):
        error = await rpc_error(desk.stub.GetReviews(request))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


async def test_a_rating_of_no_id_names_the_field(desk: Desk) -> None:
    error = await rpc_error(desk.stub.GetProductRating(GetProductRatingRequest(product_id="1")))

    assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["product_id"])


async def test_customers_list_their_own_and_admins_all(desk: Desk) -> None:
    mine = await desk.written()
    other = await desk.written(by=desk.stranger)
    await desk.moderate(mine, "remove")

    own = (await desk.http.get("/api/reviews", headers=desk.author)).json()["items"]
    everybody = (await desk.http.get("/api/reviews", headers=desk.admin)).json()["items"]
    removed = await desk.http.get("/api/reviews", params={"status": "REMOVED"}, headers=desk.admin)

    assert [(item["review_id"], item["status"], item["user_id"]) for item in own] == [
        (mine, "REMOVED", str(USER))
    ]
    assert [item["review_id"] for item in everybody] == [other, mine]
    assert [item["review_id"] for item in removed.json()["items"]] == [mine]


async def test_admins_list_flagged_reviews_of_one_status(desk: Desk) -> None:
    hidden, shown = await desk.written(), await desk.written(by=desk.stranger)
    await desk.flag(hidden, 3)
    await desk.flag(shown, 1)

    listed = {}
    for status in ("FLAGGED", "PUBLISHED", "REMOVED"):
        params = {"status": status, "flagged": "true"}
        answer = (await desk.http.get("/api/reviews", params=params, headers=desk.admin)).json()
        listed[status] = [item["review_id"] for item in answer["items"]]

    assert listed == {"FLAGGED": [hidden], "PUBLISHED": [shown], "REMOVED": []}


async def test_pages_of_the_log_of_one_review_are_newest_first_and_complete(desk: Desk) -> None:
    review_id, other = await desk.written(), await desk.written(by=desk.stranger)
    await desk.moderate(other, "remove", "Other.")
    for note in ("1", "2", "3"):
        await desk.moderate(review_id, "publish", note)

    log = await read_pages(desk.http, "/api/moderation-logs", {"review_id": review_id}, headers=desk.admin)

    assert [entry["note"] for entry in log] == ["3", "2", "1"]


async def test_only_admins_choose_by_moderation(desk: Desk) -> None:
    for params in ({"status": "FLAGGED"}, {"flagged": "true"}):
        refused = await desk.http.get("/api/reviews", params=params, headers=desk.author)
        assert (refused.status_code, problem(refused)["code"]) == (403, "PERMISSION_DENIED")
