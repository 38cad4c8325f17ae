"""Callers that are denied and requests that are malformed; a refusal changes nothing."""

from typing import Any
from uuid import uuid4

from tests.services.review.conftest import BUN, Desk
from tests.support import problem

NOBODY = str(uuid4())
NOT_FOR_OTHERS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/api/reviews/{id}", None),
    ("PUT", "/api/reviews/{id}", {"rating": 1}),
    ("DELETE", "/api/reviews/{id}", None),
    ("POST", "/api/reviews/{id}/moderate", {"action": "remove"}),
    ("GET", "/api/moderation-logs", None),
    ("GET", "/api/moderation-logs/{log}", None),
    ("PUT", "/api/moderation-logs/{log}", {"note": "x"}),
    ("DELETE", "/api/moderation-logs/{log}", None),
    ("POST", "/api/moderation-logs", {"review_id": "{id}", "action": "remove"}),
]
BAD_REVIEWS: list[tuple[dict[str, Any], str]] = [
    ({"rating": 5}, "product_id"),
    ({"product_id": str(BUN)}, "rating"),
    ({"product_id": "bun", "rating": 5}, "product_id"),
    ({"product_id": str(BUN), "rating": 0}, "rating"),
    ({"product_id": str(BUN), "rating": 6}, "rating"),
    ({"product_id": str(BUN), "rating": -(2**31)}, "rating"),
    ({"product_id": str(BUN), "rating": 2**70}, "rating"),
    ({"product_id": str(BUN), "rating": 4.5}, "rating"),
    ({"product_id": str(BUN), "rating": "five"}, "rating"),
    ({"product_id": str(BUN), "rating": None}, "rating"),
    ({"product_id": str(BUN), "rating": 5, "comment": "x" * 2001}, "comment"),
    ({"product_id": str(BUN), "rating": 5, "comment": "a\x00b"}, "comment"),
    ({"product_id": str(BUN), "rating": 5, "comment": None}, "comment"),
    ({"product_id": str(BUN), "rating": 5, "comment": ["x"]}, "comment"),
    ({"product_id": str(BUN), "rating": 5, "status": "PUBLISHED"}, "status"),
]
BAD_DECISIONS: list[tuple[dict[str, Any], str]] = [
    ({"action": "delete"}, "action"),
    ({"action": "PUBLISH"}, "action"),
    ({}, "action"),
    ({"action": "remove", "note": "x" * 501}, "note"),
    ({"action": "remove", "note": "\x00"}, "note"),
]
BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"comment": "?"}, "rating"),
    ({"rating": 9}, "rating"),
    ({"rating": 1, "comment": "\x00"}, "comment"),
    ({"rating": 1, "version": 0}, "version"),
    ({"rating": 1, "version": 2**40}, "version"),
    ({"rating": 1, "product_id": str(BUN)}, "product_id"),
]
BAD_LISTS: list[tuple[str, dict[str, Any], str]] = [
    (f"/api/reviews/product/{BUN}", {"page_size": -1}, "page_size"),
    (f"/api/reviews/product/{BUN}", {"page_size": "many"}, "page_size"),
    (f"/api/reviews/product/{BUN}", {"page_token": "x"}, "page_token"),
    ("/api/reviews", {"status": "GONE"}, "status"),
    ("/api/reviews", {"flagged": "maybe"}, "flagged"),
    ("/api/moderation-logs", {"review_id": "1"}, "review_id"),
]
UNKNOWN: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", f"/api/reviews/{NOBODY}", None),
    ("PUT", f"/api/reviews/{NOBODY}", {"rating": 1}),
    ("DELETE", f"/api/reviews/{NOBODY}", None),
    ("POST", f"/api/reviews/{NOBODY}/flag", None),
    ("POST", f"/api/reviews/{NOBODY}/moderate", {"action": "remove"}),
]


def fields(refused: Any) -> list[str]:
    """Return the fields that a refusal names."""
    assert (refused.status_code, problem(refused)["code"]) == (400, "INVALID_ARGUMENT")
    return [error["field"] for error in problem(refused)["errors"]]


async def test_a_denial_changes_nothing(desk: Desk) -> None:
    review_id = await desk.written(5)
    await desk.moderate(review_id, "publish", "Fine.")
    (log,) = (await desk.http.get("/api/moderation-logs", headers=desk.admin)).json()["items"]
    places = {"{id}": review_id, "{log}": log["moderation_log_id"]}

    for method, template, template_body in NOT_FOR_OTHERS:
        path = template.replace("{id}", review_id).replace("{log}", log["moderation_log_id"])
        body = template_body and {name: places.get(value, value) for name, value in template_body.items()}
        for headers, status in (({}, 401), (desk.stranger, 403)):
            refused = await desk.http.request(method, path, json=body, headers=headers)
            assert (template, refused.status_code) == (template, status)
            assert problem(refused)["status"] == status

    assert (await desk.rating(), await desk.status(review_id)) == ((5.0, 1), "PUBLISHED")
    assert (await desk.http.get("/api/moderation-logs", headers=desk.admin)).json()["items"] == [log]


async def test_writing_flags_and_own_lists_need_a_token(desk: Desk) -> None:
    review_id = await desk.written()
    calls = len(desk.peers.received)
    body = {"product_id": str(uuid4()), "rating": 5}

    for refused in (
        await desk.http.post("/api/reviews", json=body),
        await desk.http.get("/api/reviews"),
        await desk.http.post(f"/api/reviews/{review_id}/flag"),
    ):
        assert problem(refused)["code"] == "UNAUTHENTICATED"

    asked = [call.method for call in desk.peers.received[calls:] if "Validate" in call.method]
    assert (await desk.count("reviews"), await desk.count("review_flags"), asked) == (1, 0, [])


async def test_an_admin_does_not_write_in_anothers_name(desk: Desk) -> None:
    review_id = await desk.written(5)

    refused = await desk.http.put(f"/api/reviews/{review_id}", json={"rating": 1}, headers=desk.admin)

    assert (refused.status_code, await desk.rating()) == (403, (5.0, 1))


async def test_a_bad_review_names_the_field(desk: Desk) -> None:
    for body, field in BAD_REVIEWS:
        refused = await desk.http.post("/api/reviews", json=body, headers=desk.author)
        assert (body, fields(refused)) == (body, [field])

    assert (await desk.count("reviews"), desk.peers.received) == (0, [])


async def test_a_body_that_is_no_review_is_refused(desk: Desk) -> None:
    headers = {**desk.author, "content-type": "application/json"}

    for raw in (b"", b"[]", b"{", b"null", b"\xff", b'{"rating": NaN}', b"7"):
        refused = await desk.http.post("/api/reviews", content=raw, headers=headers)
        assert (raw, problem(refused)["status"]) == (raw, 400)

    assert await desk.count("reviews") == 0


async def test_a_bad_decision_or_change_names_the_field(desk: Desk) -> None:
    review_id = await desk.written()
    path = f"/api/reviews/{review_id}"

    for body, field in BAD_DECISIONS:
        refused = await desk.http.post(f"{path}/moderate", json=body, headers=desk.admin)
        assert (body, fields(refused)) == (body, [field])
    for body, field in BAD_CHANGES:
        refused = await desk.http.put(path, json=body, headers=desk.author)
        assert (body, fields(refused)) == (body, [field])

    assert (await desk.count("moderation_logs"), await desk.status(review_id)) == (0, "PUBLISHED")
    assert await desk.rating() == (5.0, 1)


async def test_a_bad_list_names_the_parameter(desk: Desk) -> None:
    for path, params, field in BAD_LISTS:
        refused = await desk.http.get(path, params=params, headers=desk.admin)
        assert (params, fields(refused)) == (params, [field])


async def test_what_does_not_exist_is_not_found(desk: Desk) -> None:
    for method, path, body in UNKNOWN:
        refused = await desk.http.request(method, path, json=body, headers=desk.admin)
        assert (path, refused.status_code, problem(refused)["code"]) == (path, 404, "REVIEW_NOT_FOUND")


async def test_the_contract_is_published(desk: Desk) -> None:
    document = (await desk.http.get("/schema/openapi.json")).json()

    operations = {
        (method, path): operation["operationId"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert operations[("get", "/api/reviews/product/{product_id}/rating")] == "GetRatingOfProduct"
    assert operations[("post", "/api/moderation-logs")] == "CreateModerationLog"
