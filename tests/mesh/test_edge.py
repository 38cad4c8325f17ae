"""What a browser gets from the ingress."""

import asyncio
from typing import Any

import httpx
import pytest

PROBLEM = "application/problem+json"
ORIGIN = "http://localhost:5173"


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:bunmart:error:{code.lower().replace('_', '-')}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"].startswith("/")


async def test_a_route_of_the_policy_reaches_its_service_with_the_edges_identity(mesh: Any) -> None:
    async with mesh.edge() as browser:
        answer = await browser.post("/api/orders/7?x=1", headers=mesh.token())
    assert answer.status_code == 200
    [(method, path, headers)] = mesh.apps["order"].requests
    assert (method, path) == ("POST", "/api/orders/7")
    assert headers["x-forwarded-client-cert"].endswith("URI=spiffe://bunmart/ns/default/sa/edge")
    assert headers["authorization"].startswith("Bearer ")
    assert headers["x-request-id"] == answer.headers["x-request-id"]


async def test_what_a_browser_says_about_certificates_and_delivery_is_dropped(mesh: Any) -> None:
    forged = {
        "x-forwarded-client-cert": "URI=spiffe://bunmart/ns/default/sa/payment",
        "x-mesh-undelivered": "1",
        "x-request-id": "mine",
        "x-envoy-retry-on": "5xx",
    }
    async with mesh.edge() as browser:
        await browser.get("/docs", headers=forged)
    [(_, _, headers)] = mesh.apps["bff"].requests
    assert "payment" not in headers["x-forwarded-client-cert"]
    assert headers["x-forwarded-client-cert"].endswith("sa/edge")
    assert headers["x-request-id"] != "mine"
    assert not {"x-mesh-undelivered", "x-envoy-retry-on"} & set(headers)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/api/ordersx",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/api/orders/../../metrics",
        "/schema/openapi.json",
        "/bunmart.order.v1.OrderService/CreateOrderIntent",
    ],
)
async def test_anything_else_is_not_found(mesh: Any, path: str) -> None:
    async with mesh.edge() as browser:
        assert_problem(await browser.get(path), 404, "NOT_FOUND")
    assert mesh.apps["order"].requests == []


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1}, {"iss": "https://elsewhere"}, {"aud": "other"}],
    ids=["expired", "issuer", "audience"],
)
async def test_an_invalid_token_is_refused(mesh: Any, claims: dict[str, Any]) -> None:
    async with mesh.edge() as browser:
        answer = await browser.get("/api/orders", headers=mesh.token(**claims))
    assert_problem(answer, 401, "UNAUTHENTICATED")
    assert mesh.apps["order"].requests == []


async def test_garbage_for_a_token_is_refused(mesh: Any) -> None:
    async with mesh.edge() as browser:
        answer = await browser.get("/api/orders", headers={"authorization": "Bearer garbage"})
    assert_problem(answer, 401, "UNAUTHENTICATED")
    assert "www-authenticate" in answer.headers


async def test_without_keys_a_token_is_not_called_invalid(mesh: Any, lonely_edge: str) -> None:
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{lonely_edge}/api/orders", headers=mesh.token())
    assert_problem(answer, 503, "UNAVAILABLE")
    assert "tokens" in answer.json()["detail"]


async def test_no_token_is_the_services_affair(mesh: Any) -> None:
    async with mesh.edge() as browser:
        assert (await browser.get("/api/orders")).status_code == 200
    assert len(mesh.apps["order"].requests) == 1


async def test_signing_in_works_with_an_expired_token(mesh: Any) -> None:
    async with mesh.edge() as browser:
        answer = await browser.post("/api/auth/login", headers=mesh.token(exp=1))
    assert answer.status_code == 200


async def test_pages_of_localhost_may_call_the_api(mesh: Any) -> None:
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with mesh.edge() as browser:
        allowed = await browser.options("/api/orders", headers={"origin": ORIGIN, **ask})
        denied = await browser.options("/api/orders", headers={"origin": "https://evil.example", **ask})
        error = await browser.get("/api/orders", headers={"origin": ORIGIN, "authorization": "Bearer x"})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in denied.headers
    assert error.headers["access-control-allow-origin"] == ORIGIN


async def test_a_service_that_is_down_is_unavailable(mesh: Any) -> None:
    async with mesh.edge() as browser:
        assert_problem(await browser.get("/api/payments/1"), 503, "UNAVAILABLE")


async def test_a_post_that_never_reached_the_application_is_sent_again(mesh: Any) -> None:
    order = mesh.apps["order"]
    await order.stop_http()
    async with mesh.edge() as browser:
        pending = asyncio.create_task(browser.post("/api/orders", content=b"{}"))
        await asyncio.sleep(0.05)
        await order.start_http()
        answer = await pending
    assert answer.status_code == 200
    assert "x-mesh-undelivered" not in answer.headers
    assert [method for method, _, _ in order.requests] == ["POST"]


async def test_only_repeatable_methods_are_sent_again_after_a_gateway_error(mesh: Any) -> None:
    order = mesh.apps["order"]
    order.page("/api/orders/flaky", 503, {})
    async with mesh.edge() as browser:
        for sent, method in enumerate(("POST", "PUT", "PATCH", "DELETE"), start=1):
            assert (await browser.request(method, "/api/orders/flaky")).status_code == 503
            assert len(order.requests) == sent
        assert (await browser.get("/api/orders/flaky")).status_code == 503
    assert len(order.requests) > 5
    del order.pages["/api/orders/flaky"]


async def test_an_application_s_own_error_passes_unchanged(mesh: Any) -> None:
    body = b'{"code":"ORDER_NOT_FOUND"}'
    mesh.apps["order"].page("/api/orders/none", 404, {"content-type": PROBLEM}, body)
    async with mesh.edge() as browser:
        answer = await browser.get("/api/orders/none")
    assert (answer.status_code, answer.content) == (404, body)


async def test_a_path_that_hides_another_is_a_problem_document(mesh: Any) -> None:
    async with mesh.edge() as browser:
        answer = await browser.get("/api/orders/..%2f..%2fmetrics")
    assert answer.headers["content-type"] == PROBLEM
    assert (answer.json()["code"], bool(answer.json()["detail"])) == ("INVALID_ARGUMENT", True)


async def test_access_logs_do_not_know_what_is_in_the_query(mesh: Any) -> None:
    async with mesh.edge() as browser:
        await browser.get("/api/orders/logged?session_id=very-secret-session")

    async def written() -> bool:
        return all(
            any(line.get("path") == "/api/orders/logged" for line in mesh.log(name))
            for name in ("edge", "order.inbound")
        )

    await mesh.until(written)
    for name in ("edge", "order.inbound"):
        assert "very-secret" not in str(mesh.log(name))


async def test_too_many_requests_are_refused(mesh: Any) -> None:
    async with mesh.edge() as browser:
        refused = None
        for _ in range(2000):
            answer = await browser.get("/nothing")
            if answer.status_code == 429:
                refused = answer
                break
    assert refused is not None
    assert_problem(refused, 429, "RESOURCE_EXHAUSTED")
    assert refused.headers["retry-after"] == "1"
