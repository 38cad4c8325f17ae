"""What a careless or hostile client sends over REST."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.support import ServiceHarness, problem

PRODUCT = "018f0000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "ROUTE_NOT_FOUND"),
        ("GET", "/api/lines/not-a-uuid", 404, "ROUTE_NOT_FOUND"),
        ("DELETE", "/api/lines", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/lines?page_size=many", 400, "INVALID_ARGUMENT"),
        ("GET", "/api/lines?page_size=-1", 400, "INVALID_ARGUMENT"),
        ("GET", "/api/lines?page_token=%00%ff", 400, "INVALID_ARGUMENT"),
        ("GET", f"/api/lines/{PRODUCT}", 404, "LINE_NOT_FOUND"),
    ],
)
async def test_a_wrong_request_is_refused(
    shared: ServiceHarness, method: str, path: str, status: int, code: str
) -> None:
    answer = await shared.http.request(method, path)

    body = problem(answer)
    assert (body["status"], body["code"]) == (status, code)
    if status == 405:
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quantity": 1}, "product_id"),
        ({"product_id": PRODUCT}, "quantity"),
        ({"product_id": "no uuid", "quantity": 1}, "product_id"),
        ({"product_id": PRODUCT, "quantity": 0}, "quantity"),
        ({"product_id": PRODUCT, "quantity": "many"}, "quantity"),
        ({"product_id": PRODUCT, "quantity": 1, "note": "x" * 51}, "note"),
        ({"product_id": PRODUCT, "quantity": 1, "colour": "red"}, "colour"),
        (["a list"], "body"),
    ],
)
async def test_the_wrong_field_of_a_body_is_named(shared: ServiceHarness, body: object, field: str) -> None:
    found = problem(await shared.http.post("/api/lines", json=body))

    assert (found["status"], found["code"]) == (400, "INVALID_ARGUMENT")
    assert [error["field"] for error in found["errors"]] == [field]


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "k"}])
async def test_unreadable_bodies_are_refused(shared: ServiceHarness, headers: dict[str, str]) -> None:
    broken = await shared.http.post("/api/lines", content=b'{"product_id": ', headers=headers)
    empty = await shared.http.post("/api/lines", headers=headers)
    latin = await shared.http.post("/api/lines/text", content=b'{"text": "\xe9"}', headers=headers)
    large = await shared.http.post("/api/lines", content=b"x" * (4 * 1024 * 1024 + 1), headers=headers)

    assert [problem(answer)["status"] for answer in (broken, empty, latin, large)] == [400, 400, 400, 413]
    assert problem(large)["code"] == "BODY_TOO_LARGE"
    assert (await shared.database.fetch("SELECT * FROM idempotency_keys")) == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"product_id": ',
        b"\xef\xbb\xbf{}",
        b'{"note": "\xe9"}',
        b'{"note": "\\ud800"}',
        b'{"quantity": 1e999}',
        b"[" * 20_000,
        b'{"colour": ' * 20_000,
    ],
    ids=["cut off", "bom", "latin", "surrogate", "too large", "deep list", "deep object"],
)
@pytest.mark.parametrize("path", ["/api/lines", "/api/lines/text"])
async def test_what_is_not_json_is_named_body(shared: ServiceHarness, path: str, content: bytes) -> None:
    found = problem(await shared.http.post(path, content=content))

    assert (found["status"], found["code"]) == (400, "INVALID_ARGUMENT")
    assert [error["field"] for error in found["errors"]] == ["body"]


async def test_what_the_database_refuses_is_the_callers_mistake(shared: ServiceHarness) -> None:
    def line(**fields: object) -> dict[str, object]:
        return {"product_id": str(uuid4()), "quantity": 1, **fields}

    nul = problem(await shared.http.post("/api/lines", json=line(note="a\x00b")))
    checked = problem(await shared.http.post("/api/lines", json=line(quantity=950)))
    text = problem(await shared.http.post("/api/lines/text", json={"text": "a\x00b"}))

    assert (nul["status"], nul["code"]) == (400, "INVALID_ARGUMENT")
    assert (checked["code"], checked["metadata"]) == (
        "FAILED_PRECONDITION",
        {"constraint": "ck_lines_quantity"},
    )
    assert text["errors"][0]["field"] == "text"
    assert await shared.database.fetch("SELECT * FROM lines") == []


async def test_a_number_beyond_the_column_is_refused(
    shared: ServiceHarness, auth: Callable[..., dict[str, str]]
) -> None:
    path = f"/api/ops/sample/held-jobs/{2**70}/redrive"

    assert problem(await shared.http.post(path, headers=auth("admin")))["status"] == 400


async def test_a_request_id_is_kept_or_made(shared: ServiceHarness) -> None:
    kept = await shared.http.get("/api/lines", headers={"x-request-id": "abc"})
    made = await shared.http.get("/api/lines")
    refused = await shared.http.get("/api/nothing", headers={"x-request-id": "abc"})

    assert kept.headers["x-request-id"] == "abc"
    assert len(made.headers["x-request-id"]) == 36
    assert problem(refused)["request_id"] == "abc"


async def test_the_contract_is_published_with_readable_names(shared: ServiceHarness) -> None:
    schema = (await shared.http.get("/schema/openapi.json")).json()

    assert schema["paths"]["/api/lines"]["post"]["operationId"] == "AddLine"
    assert "/health/ready" not in schema["paths"]
