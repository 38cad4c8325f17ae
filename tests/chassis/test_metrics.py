"""What Prometheus scrapes."""

import contextlib
import re
from typing import Any
from uuid import uuid4

from bunmart.cart.v1.cart_pb2 import AddCartItemRequest, GetCartRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis.errors import InvalidArgumentError

from tests.chassis.sample.service import LineAdded
from tests.support import HeldJobError, ServiceHarness, problem, rpc_error


async def scrape(sample: ServiceHarness) -> dict[str, float]:
    answer = await sample.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = re.findall(r"^([^#\s]+(?:\{.*\})?) (\S+)$", answer.text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def test_requests_rpcs_and_jobs_are_counted_by_outcome(
    sample: ServiceHarness, stub: CartServiceStub, hooks: dict[str, Any]
) -> None:
    before = await scrape(sample)
    product = str(uuid4())
    await sample.http.post("/api/lines", json={"product_id": product, "quantity": 1})
    await sample.http.get(f"/api/lines/{product}")
    await sample.http.get(f"/api/lines/{uuid4()}")
    refused = await sample.http.get("/api/lines", headers={"authorization": "Bearer x"})
    assert problem(refused)["status"] == 401
    await stub.GetCart(GetCartRequest(user_id=product))
    await rpc_error(stub.GetCart(GetCartRequest(user_id=str(uuid4()))))
    key = (("idempotency-key", "k"),)
    request = AddCartItemRequest(product_id=str(uuid4()), quantity=1)
    for _ in range(2):
        await stub.AddCartItem(request, metadata=key)
    await sample.settle()

    after = await scrape(sample)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    http = 'http_server_request_duration_seconds_count{{method="{}",route="{}",status="{}"}}'
    grpc = (
        "grpc_server_handling_seconds_count"
        '{{grpc_code="{}",grpc_method="{}",grpc_service="bunmart.cart.v1.CartService"}}'
    )
    assert grown(http.format("POST", "/api/lines", 201)) == 1
    assert grown(http.format("GET", "/api/lines/{product_id}", 200)) == 1
    assert grown(http.format("GET", "/api/lines/{product_id}", 404)) == 1
    assert grown(http.format("GET", "/api/lines", 401)) == 1
    assert grown(grpc.format("OK", "GetCart")) == 1
    assert grown(grpc.format("NOT_FOUND", "GetCart")) == 1
    assert grown(grpc.format("OK", "AddCartItem")) == 2
    assert grown('idempotent_replays_total{method="/bunmart.cart.v1.CartService/AddCartItem"}') == 1
    assert grown('job_duration_seconds_count{job="LineAdded",outcome="done"}') == 2
    assert after["service_ready"] == 1


async def test_the_outbox_is_measured(sample: ServiceHarness, hooks: dict[str, Any]) -> None:
    async def refuse(_: Any) -> None:
        raise InvalidArgumentError("Never.")

    hooks["job"] = refuse
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(uuid4()))
    with contextlib.suppress(HeldJobError):
        await sample.settle()
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(uuid4()), delay_seconds=3600)
    found = await scrape(sample)

    assert found['outbox_jobs{job="LineAdded",status="failed"}'] == 1
    assert found['outbox_jobs{job="LineAdded",status="queued"}'] == 1
    assert found["outbox_oldest_seconds"] == 0
    await sample.database.execute(
        "UPDATE pgqueuer SET entrypoint = 'Nobody', execute_after = now() - interval '1 hour' "
        "WHERE status = 'queued'"
    )
    assert 3600 <= (await scrape(sample))["outbox_oldest_seconds"] < 3660
