"""The views, with real HTTP sources that answer, refuse, hang or do not exist yet."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from tests.support import StartService, problem

PRODUCT, ORDER, USER = str(uuid4()), str(uuid4()), str(uuid4())


class Sources:
    """All services behind one port, told apart by the Host header, as behind the sidecar."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Any] = {}
        self.delays: dict[str, float] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.together: asyncio.Barrier | None = None
        self.port = 0

    async def handle(self, request: web.Request) -> web.Response:
        service = request.headers["host"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((service, request.path, headers))
        await asyncio.sleep(self.delays.get(service, 0))
        if self.together is not None:
            await self.together.wait()
        answer = self.answers.get((service, request.path))
        if answer is None:
            return web.json_response({"detail": "No such thing.", "code": "NOT_FOUND"}, status=404)
        if isinstance(answer, int):
            return web.json_response({"detail": "Refused.", "code": "REFUSED"}, status=answer)
        return web.json_response(answer)

    def asked(self) -> list[tuple[str, str]]:
        """Return the pairs of service and path that were asked for."""
        return [(service, path) for service, path, _ in self.requests]


@pytest.fixture
async def sources() -> AsyncIterator[Sources]:
    found = Sources()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.port = runner.addresses[0][1]
    found.answers = {
        ("product", f"/api/products/{PRODUCT}"): {"product_id": PRODUCT, "name": "Bun", "active": True},
        ("pricing", f"/api/prices/product/{PRODUCT}"): {"unit_price": "2.50", "currency_code": "EUR"},
        ("review", f"/api/reviews/product/{PRODUCT}/rating"): {"average_rating": 4.5, "total_count": 2},
        ("review", f"/api/reviews/product/{PRODUCT}"): {"items": [], "next_page_token": ""},
        ("order", f"/api/orders/{ORDER}"): {
            "order_id": ORDER,
            "user_id": USER,
            "status": "shipping",
            "lines": [{"product_id": PRODUCT, "quantity": 2, "unit_price": "2.50", "line_total": "5.00"}],
            "currency_code": "EUR",
            "total": "9.90",
            "production_order_id": "k",
            "shipment_id": "s",
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        },
        ("product", "/api/products/batch"): {
            "items": [{"product_id": PRODUCT, "name": "Bun", "image_url": "/i"}]
        },
        ("user", f"/api/users/{USER}/addresses"): {
            "items": [
                {
                    "address_id": "a",
                    "line1": "1 Oven St",
                    "city": "Berlin",
                    "postal_code": "1",
                    "country": "DE",
                    "type": "SHIPPING",
                }
            ]
        },
        ("payment", f"/api/payments/order/{ORDER}"): {
            "items": [
                {
                    "payment_id": "p",
                    "status": "SUCCEEDED",
                    "amount": "9.90",
                    "currency_code": "EUR",
                    "updated_at": "t",
                }
            ]
        },
        ("kitchen", f"/api/production-orders/order/{ORDER}"): {
            "production_order_id": "k",
            "phase": "COMPLETED",
            "progress_percent": 100,
            "updated_at": "t",
        },
        ("shipping", f"/api/shipments/order/{ORDER}"): {
            "shipment_id": "s",
            "status": "ASSIGNED",
            "tracking_number": "BM1",
            "updated_at": "t",
        },
    }
    yield found
    await runner.cleanup()


@pytest.fixture
async def bff(start_service: StartService, sources: Sources) -> Any:
    return await start_service("bff", peer_url=f"http://127.0.0.1:{sources.port}", source_timeout_seconds=0.5)


async def test_the_product_page_is_one_answer(bff: Any, sources: Sources) -> None:
    view = (await bff.http.get(f"/api/views/products/{PRODUCT}")).json()

    assert view["product"]["name"] == "Bun"
    assert view["price"] == {"unit_price": "2.50", "currency_code": "EUR"}
    assert view["rating"] == {"average_rating": 4.5, "total_count": 2}
    assert view["reviews"]["items"] == view["degraded"] == []
    assert len(sources.requests) == 4


@pytest.mark.parametrize("failure", ["refuses", "hangs"])
async def test_a_product_page_without_ratings_is_still_a_page(
    bff: Any, sources: Sources, failure: str
) -> None:
    if failure == "hangs":
        sources.delays["review"] = 2
    else:
        sources.answers["review", f"/api/reviews/product/{PRODUCT}/rating"] = 503
        sources.answers["review", f"/api/reviews/product/{PRODUCT}"] = 500

    view = (await bff.http.get(f"/api/views/products/{PRODUCT}")).json()

    assert (view["product"]["name"], view["rating"], view["reviews"]) == ("Bun", None, None)
    assert sorted(view["degraded"]) == ["rating", "reviews"]


async def test_sources_are_read_at_the_same_time(bff: Any, sources: Sources) -> None:
    # None answers before all are asked, so reading one after the other would run into the timeout.
    sources.together = asyncio.Barrier(4)

    answer = await bff.http.get(f"/api/views/products/{PRODUCT}")

    assert answer.json()["degraded"] == []
    assert len(sources.requests) == 4


async def test_an_unknown_product_is_not_found(bff: Any) -> None:
    response = await bff.http.get(f"/api/views/products/{uuid4()}")

    assert (response.status_code, problem(response)["code"]) == (404, "NOT_FOUND")


async def test_without_the_catalogue_there_is_no_product_page(bff: Any, sources: Sources) -> None:
    sources.answers["product", f"/api/products/{PRODUCT}"] = 503

    response = await bff.http.get(f"/api/views/products/{PRODUCT}")

    assert (response.status_code, problem(response)["code"]) == (503, "SOURCE_UNAVAILABLE")


async def test_the_order_page_puts_everything_together(bff: Any, sources: Sources, auth: Any) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {**auth("customer"), "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    view = (await bff.http.get(f"/api/views/orders/{ORDER}", headers=headers)).json()

    assert view["lines"] == [
        {
            "product_id": PRODUCT,
            "quantity": 2,
            "unit_price": "2.50",
            "line_total": "5.00",
            "discount_total": None,
            "tax_rate": None,
            "tax_total": None,
            "allergens": [],
            "note": "",
            "name": "Bun",
            "unit": None,
            "image_url": "/i",
        }
    ]
    assert view["addresses"][0]["city"] == "Berlin"
    assert [view[part]["status"] for part in ("payment", "shipping")] == ["SUCCEEDED", "ASSIGNED"]
    assert view["kitchen"]["progress_percent"] == 100
    assert view["degraded"] == []
    assert {request[2]["authorization"] for request in sources.requests} == {headers["authorization"]}
    assert {request[2]["traceparent"].split("-")[1] for request in sources.requests} == {trace_id}


async def test_the_order_page_shows_what_was_sold_and_where_it_goes(
    bff: Any, sources: Sources, auth: Any
) -> None:
    """The catalogue of today gives the image, and nothing else."""
    line = {
        "product_id": PRODUCT,
        "quantity": 2,
        "note": "Happy 40, Ann!",
        "name": "Almond Moon",
        "unit": "box",
        "unit_price": "2.50",
        "line_total": "5.00",
        "discount_total": "1.00",
        "tax_rate": "7",
        "tax_total": "0.26",
        "allergens": ["nuts"],
    }
    sold = {
        "order_number": "BM-7K2Q-9D4M",
        "note": "Ring twice.",
        "lines": [line],
        "discounts": [{"description": "Moons", "amount": "1.00", "coupon_code": "", "product_id": PRODUCT}],
        "tax_total": "1.04",
        "refunded_total": "2.00",
        "billing_address": {"recipient": "Ann", "line1": "Ledger Row 1"},
        "payment_status": "SUCCEEDED",
        "attention": None,
    }
    sources.answers["order", f"/api/orders/{ORDER}"] |= sold
    refund = {
        "refund_id": "r",
        "status": "SUCCEEDED",
        "amount": "2.00",
        "credit_note_number": "BM-7K2Q-9D4M-C1",
        "created_at": "t",
        "updated_at": "t",
    }
    sources.answers["order", f"/api/orders/{ORDER}/refunds"] = [refund | {"reason": "secret"}]
    payments = sources.answers["payment", f"/api/payments/order/{ORDER}"]["items"]
    payments[0] |= {"client_secret": "pi_secret", "refund_total": "2.00", "expires_at": "t"}

    response = await bff.http.get(f"/api/views/orders/{ORDER}", headers=auth("customer"))

    assert response.json()["refunds"] == [refund]
    assert response.json()["payment"]["refund_total"] == "2.00"
    assert "secret" not in response.text
    view = (await bff.http.get(f"/api/views/orders/{ORDER}", headers=auth("customer"))).json()

    assert {name: view["order"][name] for name in sold} == sold
    assert view["lines"] == [line | {"image_url": "/i"}]


async def test_an_intent_asks_only_for_what_can_exist(bff: Any, sources: Sources, auth: Any) -> None:
    order = sources.answers["order", f"/api/orders/{ORDER}"]
    order |= {"status": "pending", "total": None, "production_order_id": None, "shipment_id": None}

    view = (await bff.http.get(f"/api/views/orders/{ORDER}", headers=auth("customer"))).json()

    assert {service for service, _ in sources.asked()} == {"order", "product", "user"}
    assert (view["payment"], view["kitchen"], view["shipping"], view["degraded"]) == (None, None, None, [])
    assert view["refunds"] == []


async def test_a_parcel_that_was_on_the_road_when_its_order_was_cancelled_is_shown(
    bff: Any, sources: Sources, auth: Any
) -> None:
    sources.answers["order", f"/api/orders/{ORDER}"]["status"] = "cancelled"

    view = (await bff.http.get(f"/api/views/orders/{ORDER}", headers=auth("customer"))).json()

    assert view["shipping"]["tracking_number"] == "BM1"
    assert view["kitchen"]["phase"] == "COMPLETED"


async def test_somebody_elses_order_shows_nothing(bff: Any, sources: Sources, auth: Any) -> None:
    sources.answers["order", f"/api/orders/{ORDER}"] = 403

    response = await bff.http.get(f"/api/views/orders/{ORDER}", headers=auth("customer"))

    assert (response.status_code, problem(response)["code"]) == (403, "REFUSED")
    assert {service for service, _ in sources.asked()} == {"order"}


async def test_a_list_of_products_is_one_request(bff: Any, sources: Sources, auth: Any) -> None:
    order = sources.answers["order", f"/api/orders/{ORDER}"]
    order["lines"] = [{"product_id": str(uuid4()), "quantity": 1} for _ in range(20)]

    view = (await bff.http.get(f"/api/views/orders/{ORDER}", headers=auth("customer"))).json()

    assert [service for service, _ in sources.asked()].count("product") == 1
    assert [line["name"] for line in view["lines"]] == [None] * 20


@pytest.mark.parametrize("path", ["/api/views/products/x", "/api/views/orders/x", "/api/views"])
async def test_nonsense_is_not_found(bff: Any, path: str) -> None:
    assert problem(await bff.http.get(path))["status"] == 404


async def test_the_merged_document_keeps_schemas_apart(bff: Any, sources: Sources) -> None:
    for service, kind in (("order", "string"), ("cart", "integer")):
        sources.answers[service, "/schema/openapi.json"] = {
            "paths": {f"/api/{service}s": {"get": {"$ref": "#/components/schemas/Thing"}}},
            "components": {"schemas": {"Thing": {"type": kind}}},
        }

    document = (await bff.http.get("/docs/openapi.json")).json()

    assert document["components"]["schemas"]["order.Thing"] == {"type": "string"}
    assert document["components"]["schemas"]["cart.Thing"] == {"type": "integer"}
    assert document["paths"]["/api/orders"]["get"]["$ref"] == "#/components/schemas/order.Thing"
    assert "/api/views/orders/{order_id}" in document["paths"]
    assert "kitchen" in document["info"]["description"]


async def test_the_docs_page_needs_no_other_host(bff: Any) -> None:
    page = await bff.http.get("/docs")
    script = await bff.http.get("/docs/static/swagger-ui-bundle.js")

    assert page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert script.status_code == 200


async def test_a_name_that_no_file_can_have_is_not_found(bff: Any) -> None:
    assert problem(await bff.http.get(f"/docs/static/{'a' * 5000}"))["status"] == 404
