"""Permissions, and bad input over REST and gRPC; a refusal has no effect."""

from typing import Any

import grpc
from bunmart.kitchen.v1 import kitchen_pb2 as pb

from tests.services.kitchen.conftest import Kitchen, new
from tests.support import problem, rpc_error

PATH = "/api/production-orders"


async def _snapshot(kitchen: Kitchen) -> list[Any]:
    tables = ("production_orders", "production_order_lines", "preparation_images", "pgqueuer")
    return [await kitchen.harness.database.fetch(f"SELECT * FROM {table}") for table in tables]


async def test_strangers_change_and_read_nothing(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    image_id = (await kitchen.upload(order_id)).json()["image_id"]
    before = await _snapshot(kitchen)
    one = f"{PATH}/{order_id}"
    create = {"user_order_id": new(), "lines": [{"product_id": new(), "quantity": 1}]}
    calls: list[tuple[str, str, Any]] = [
        ("GET", PATH, None),
        ("POST", PATH, create),
        ("GET", one, None),
        ("PUT", f"{one}/phase", {"phase": "COMPLETED"}),
        ("PUT", f"{one}/notes", {"notes": "x"}),
        ("POST", f"{one}/images", {"url": "https://a/b"}),
        ("DELETE", f"{one}/images/{image_id}", None),
        ("DELETE", one, None),
    ]

    for headers in ({}, kitchen.tokens.auth("customer"), kitchen.tokens.auth("driver")):
        for method, path, body in calls:
            response = await kitchen.http.request(method, path, json=body, headers=headers)
            status = 403 if headers else 401
            assert (method, path, response.status_code) == (method, path, status)
            problem(response)

    assert await _snapshot(kitchen) == before


async def test_the_kitchen_neither_creates_nor_deletes(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    before = await _snapshot(kitchen)
    create = {"user_order_id": new(), "lines": [{"product_id": new(), "quantity": 1}]}

    created = await kitchen.http.post(PATH, json=create, headers=kitchen.staff)
    removed = await kitchen.http.delete(f"{PATH}/{order_id}", headers=kitchen.staff)

    assert (created.status_code, removed.status_code) == (403, 403)
    assert await _snapshot(kitchen) == before


async def test_progress_is_for_kitchen_and_customer_and_others_cannot_tell_if_there_is_any(
    kitchen: Kitchen,
) -> None:
    order, of_nobody, customer = new(), new(), new()
    request = kitchen.request(order)
    request.user_id, request.note = customer, "severe nut allergy"
    await kitchen.stub.CreateProductionOrder(request)
    await kitchen.create(of_nobody)

    async def read(user_order_id: str, headers: dict[str, str]) -> Any:
        return await kitchen.http.get(f"{PATH}/order/{user_order_id}", headers=headers)

    own, strange = kitchen.tokens.auth("customer", customer), kitchen.tokens.auth("customer")
    assert (await read(order, {})).status_code == 401
    for headers in (own, kitchen.admin, kitchen.staff):
        assert (await read(order, headers)).json()["phase"] == "PREPARING"
    for answer in (
        await read(order, strange),
        await read(of_nobody, own),
        await read(of_nobody, strange),
        await read(new(), kitchen.admin),
    ):
        assert (answer.status_code, problem(answer)["code"]) == (404, "PRODUCTION_ORDER_NOT_FOUND")
    production_order_id = (await read(order, own)).json()["production_order_id"]
    whole = await kitchen.http.get(f"{PATH}/{production_order_id}", headers=own)
    assert whole.status_code == 403
    wrong = kitchen.request()
    wrong.user_id = "me"
    assert (await rpc_error(kitchen.stub.CreateProductionOrder(wrong))).fields == ["user_id"]


_BAD_REPORTS: list[Any] = [
    {},
    [],
    {"phase": "BURNT"},
    {"phase": "baking"},
    {"phase": "CANCELLED"},
    {"phase": 1},
    {"phase": "BAKING", "progress_percent": 101},
    {"phase": "BAKING", "progress_percent": -1},
    {"phase": "BAKING", "progress_percent": 10**30},
    {"phase": "BAKING", "progress_percent": 1.5},
    {"phase": "BAKING", "notes": "x" * 2001},
    {"phase": "BAKING", "notes": "a\x00b"},
    {"phase": "BAKING", "version": 10**30},
    {"phase": "BAKING", "colour": "brown"},
]


async def test_a_bad_report_is_refused(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    before = await _snapshot(kitchen)

    for body in _BAD_REPORTS:
        refused = await kitchen.http.put(f"{PATH}/{order_id}/phase", json=body, headers=kitchen.staff)
        assert refused.status_code in {400, 409}, (body, refused.text)
        problem(refused)

    assert await _snapshot(kitchen) == before


_BAD_ORDERS: list[Any] = [
    {"user_order_id": "x", "lines": [{"product_id": new(), "quantity": 1}]},
    {"user_order_id": new(), "lines": []},
    {"user_order_id": new(), "lines": [{"product_id": new(), "quantity": 0}]},
    {"user_order_id": new(), "lines": [{"product_id": new(), "quantity": 10**12}]},
    {"user_order_id": new(), "lines": [{"product_id": new()}]},
    {"lines": [{"product_id": new(), "quantity": 1, "allergens": [" "]}]},
    {"lines": [{"product_id": new(), "quantity": 1, "unit": "x" * 41}]},
    {"lines": [{"product_id": new(), "quantity": 1, "note": "a\x00"}]},
    {"user_order_id": new(), "lines": [{"product_id": new(), "quantity": 1}] * 101},
]


async def test_a_bad_production_order_is_refused(kitchen: Kitchen) -> None:
    for body in _BAD_ORDERS:
        refused = await kitchen.http.post(PATH, json=body, headers=kitchen.admin)
        assert refused.status_code == 400, (body, refused.text)
        assert problem(refused)["code"] == "INVALID_ARGUMENT"

    assert await kitchen.harness.database.fetch("SELECT 1 FROM production_orders") == []


_MISSING = [
    ("GET", f"{PATH}/{new()}"),
    ("PUT", f"{PATH}/{new()}/notes"),
    ("DELETE", f"{PATH}/{new()}"),
    ("GET", f"{PATH}/nonsense"),
    ("GET", f"{PATH}/order/nonsense"),
]


async def test_what_does_not_exist_is_not_found(kitchen: Kitchen) -> None:
    for method, path in _MISSING:
        body = {"notes": ""} if method == "PUT" else None
        response = await kitchen.http.request(method, path, json=body, headers=kitchen.admin)
        assert (path, response.status_code) == (path, 404)


_BAD_QUERIES = [
    {"phase": "x"},
    {"page_size": "-1"},
    {"page_size": "x"},
    {"page_token": "!"},
    {"page_token": "MQ"},
]


async def test_a_bad_query_is_refused(kitchen: Kitchen) -> None:
    for query in _BAD_QUERIES:
        response = await kitchen.http.get(PATH, params=query, headers=kitchen.staff)
        assert problem(response)["status"] == 400, query


_LINE = pb.ProductionOrderLine(product_id=new(), quantity=1)


_BAD_REQUESTS: list[tuple[Any, str]] = [
    (pb.CreateProductionOrderRequest(lines=[_LINE]), "user_order_id"),
    (pb.CreateProductionOrderRequest(user_order_id="\x00", lines=[_LINE]), "user_order_id"),
    (pb.CreateProductionOrderRequest(user_order_id=new()), "lines"),
    (pb.CreateProductionOrderRequest(user_order_id=new(), lines=[_LINE] * 101), "lines"),
    (
        pb.CreateProductionOrderRequest(
            user_order_id=new(), lines=[_LINE, pb.ProductionOrderLine(product_id=new(), quantity=-1)]
        ),
        "lines[1].quantity",
    ),
    (
        pb.CreateProductionOrderRequest(
            user_order_id=new(), lines=[pb.ProductionOrderLine(product_id="x", quantity=1)]
        ),
        "lines[0].product_id",
    ),
    (pb.CreateProductionOrderRequest(user_order_id=new(), lines=[_LINE], note="x" * 2001), "note"),
    (
        pb.CreateProductionOrderRequest(user_order_id=new(), lines=[_LINE], order_number="\x00"),
        "order_number",
    ),
    (
        pb.CreateProductionOrderRequest(
            user_order_id=new(), lines=[pb.ProductionOrderLine(product_id=new(), quantity=1, allergens=[""])]
        ),
        "lines[0].allergens[0]",
    ),
    (
        pb.CreateProductionOrderRequest(
            user_order_id=new(),
            lines=[pb.ProductionOrderLine(product_id=new(), quantity=1, allergens=["nuts"] * 31)],
        ),
        "lines[0].allergens",
    ),
    (pb.CancelProductionOrderRequest(), "user_order_id"),
    (pb.CancelProductionOrderRequest(user_order_id=new(), reason="x" * 201), "reason"),
    (pb.GetProductionOrderRequest(), "production_order_id"),
    (pb.UpdateProductionPhaseRequest(production_order_id="x"), "production_order_id"),
    (pb.UpdateProductionPhaseRequest(production_order_id=new(), phase="BURNT"), "phase"),
    (
        pb.UpdateProductionPhaseRequest(production_order_id=new(), phase="BAKING", progress_percent=101),
        "progress_percent",
    ),
    (
        pb.UpdateProductionPhaseRequest(production_order_id=new(), phase="BAKING", progress_percent=-1),
        "progress_percent",
    ),
    (
        pb.UpdateProductionPhaseRequest(
            production_order_id=new(), phase="BAKING", preparation_image_urls=["https://a/b", "no"]
        ),
        "preparation_image_urls[1]",
    ),
    (
        pb.UpdateProductionPhaseRequest(production_order_id=new(), phase="BAKING", notes="\x00a"),
        "notes",
    ),
    (pb.NotifyOrderPreparedRequest(production_order_id=new(), user_order_id=""), "user_order_id"),
]


async def test_a_bad_field_is_named(kitchen: Kitchen) -> None:
    for request, field in _BAD_REQUESTS:
        rpc = type(request).__name__.removesuffix("Request")
        error = await rpc_error(getattr(kitchen.stub, rpc)(request))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])

    for table in ("production_orders", "known_orders"):
        assert await kitchen.harness.database.fetch(f"SELECT 1 FROM {table}") == []


async def test_an_unknown_production_order_is_not_found(kitchen: Kitchen) -> None:
    for request in (
        pb.GetProductionOrderRequest(production_order_id=new()),
        pb.UpdateProductionPhaseRequest(production_order_id=new(), phase="BAKING"),
        pb.NotifyOrderPreparedRequest(production_order_id=new(), user_order_id=new()),
    ):
        rpc = type(request).__name__.removesuffix("Request")
        error = await rpc_error(getattr(kitchen.stub, rpc)(request))
        assert (error.status, error.reason) == (
            grpc.StatusCode.NOT_FOUND,
            "PRODUCTION_ORDER_NOT_FOUND",
        )
