"""From start through a lost database to the drain."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import httpx
import psutil
import pytest
from bunmart.cart.v1.cart_pb2 import GetCartForCheckoutRequest, GetCartRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis.migrations import Migrations
from bunmart_dev.free_ports import free_port
from bunmart_dev.postgres import Postgres, temporary
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from tests.chassis.conftest import PACKAGE
from tests.chassis.sample.service import LineAdded
from tests.support import Databases, ServiceHarness, StartService, problem, rpc_error, until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
NAMES = ("", "bunmart.cart.v1.CartService")


async def health(sample: ServiceHarness) -> list[Any]:
    stub = health_pb2_grpc.HealthStub(sample.channel)
    return [(await stub.Check(health_pb2.HealthCheckRequest(service=name))).status for name in NAMES]


async def until_ready(sample: ServiceHarness, *, ready: bool) -> None:
    await until(lambda: sample.service.readiness.ready is ready, timeout=20)


@pytest.fixture
async def own_postgres() -> AsyncIterator[Postgres]:
    """A server that the test may stop."""
    with temporary() as server:
        yield server


async def test_a_ready_service_says_so_everywhere(shared: ServiceHarness) -> None:
    assert await health(shared) == [SERVING, SERVING]
    assert (await shared.http.get("/health/ready")).status_code == 200
    assert (await shared.http.get("/health/live")).json() == {"status": "live"}


async def test_health_of_a_strange_service_is_unknown(shared: ServiceHarness) -> None:
    stub = health_pb2_grpc.HealthStub(shared.channel)
    error = await rpc_error(
        stub.Check(health_pb2.HealthCheckRequest(service="bunmart.order.v1.OrderService"))
    )

    assert error.status is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_lists_and_describes(shared: ServiceHarness, version: str) -> None:
    call = shared.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=NAMES[1]),
    ]
    listed, described = [answer async for answer in call(iter(requests))]

    names = {service.name for service in listed.list_services_response.service}
    assert names == {
        NAMES[1],
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    }
    file = descriptor_pb2.FileDescriptorProto.FromString(
        described.file_descriptor_response.file_descriptor_proto[0]
    )
    assert file.package == "bunmart.cart.v1"


async def test_a_lost_database_is_told_and_comes_back(
    start_service: StartService, own_postgres: Postgres
) -> None:
    databases = Databases(own_postgres)
    sample = await start_service(PACKAGE, database_url=databases.url(await databases.create(PACKAGE)))
    await databases.close()
    stub = sample.stub(CartServiceStub)
    product = str(uuid4())

    await own_postgres.stop_async()
    await until_ready(sample, ready=False)
    over_grpc = await rpc_error(stub.GetCart(GetCartRequest(user_id=product)))
    over_rest = problem(await sample.http.get("/api/lines"))

    assert await health(sample) == [NOT_SERVING, NOT_SERVING]
    assert (await sample.http.get("/health/ready")).status_code == 503
    assert (await sample.http.get("/health/live")).status_code == 200
    assert (over_grpc.status, over_grpc.reason) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    assert (over_rest["status"], over_rest["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert (await sample.http.get("/metrics")).status_code == 200

    await own_postgres.start_async()
    await until_ready(sample, ready=True)
    assert await health(sample) == [SERVING, SERVING]
    added = await sample.http.post("/api/lines", json={"product_id": product, "quantity": 2})
    assert added.status_code == 201, added.text
    assert (await stub.GetCart(GetCartRequest(user_id=product))).cart.cart_id == added.json()["id"]
    await sample.settle()


async def test_a_database_that_hangs_is_told_and_comes_back(
    start_service: StartService, own_postgres: Postgres
) -> None:
    databases = Databases(own_postgres)
    sample = await start_service(PACKAGE, database_url=databases.url(await databases.create(PACKAGE)))
    await databases.close()
    await until_ready(sample, ready=True)
    assert own_postgres.process
    server = psutil.Process(own_postgres.process.pid)
    processes = [server, *server.children(recursive=True)]

    try:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        await until(lambda: not sample.service.readiness.ready, timeout=8)
        assert await health(sample) == [NOT_SERVING, NOT_SERVING]
        assert (await sample.http.get("/health/ready")).status_code == 503
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    await until_ready(sample, ready=True)
    assert (await sample.http.get("/api/lines")).status_code == 200


async def test_a_service_that_starts_before_its_database_becomes_ready_with_it(
    start_service: StartService, own_postgres: Postgres
) -> None:
    databases = Databases(own_postgres)
    url = databases.url(await databases.create(PACKAGE))
    await databases.close()
    await own_postgres.stop_async()

    sample = await start_service(PACKAGE, wait=False, database_url=url)
    assert (await sample.http.get("/health/ready")).status_code == 503
    assert await health(sample) == [NOT_SERVING, NOT_SERVING]
    assert problem(await sample.http.get("/api/lines"))["code"] == "DATABASE_UNAVAILABLE"

    await own_postgres.start_async()
    await until_ready(sample, ready=True)
    assert (await sample.http.get("/api/lines")).status_code == 200


async def test_without_its_migrations_a_service_waits_for_them(
    start_service: StartService, databases: Databases
) -> None:
    url = databases.url(await databases.create_empty())
    sample = await start_service(PACKAGE, wait=False, database_url=url, migrate_on_start=False)
    await asyncio.sleep(0.3)
    assert not sample.service.readiness.ready

    await Migrations(PACKAGE, url).upgrade()

    await until_ready(sample, ready=True)


async def test_a_drain_is_announced_and_loses_no_call(
    start_service: StartService, hooks: dict[str, Any]
) -> None:
    sample = await start_service(PACKAGE, drain_seconds=1, grace_seconds=10)
    began = asyncio.Queue[None]()

    async def slow() -> None:
        began.put_nowait(None)

    hooks["slow"] = slow
    over_rest = asyncio.create_task(sample.http.get("/api/lines/slow/1.6"))
    over_grpc = asyncio.ensure_future(
        sample.stub(CartServiceStub).GetCartForCheckout(GetCartForCheckoutRequest(session_id="1.6"))
    )
    await began.get()
    await began.get()

    stop = asyncio.create_task(sample.stop())
    await until(lambda: not sample.service.readiness.ready)
    assert await health(sample) == [NOT_SERVING, NOT_SERVING]
    announced = await sample.http.get("/health/ready")
    assert (announced.status_code, announced.json()["reason"]) == (503, "draining")

    assert (await over_rest).text == "done"
    assert (await over_grpc).valid
    await stop
    with pytest.raises(httpx.ConnectError):
        await httpx.AsyncClient().get(f"http://127.0.0.1:{sample.service.http_port}/health/live")


async def test_calls_and_jobs_that_do_not_end_have_one_grace_together(
    start_service: StartService, hooks: dict[str, Any]
) -> None:
    sample = await start_service(PACKAGE, grace_seconds=2)
    began, ended = asyncio.Queue[None](), asyncio.Event()

    async def slow() -> None:
        began.put_nowait(None)

    async def work(_: LineAdded) -> None:
        began.put_nowait(None)
        # Longer than the grace, shorter than one for the calls and then one for the jobs.
        await asyncio.sleep(4.5)
        ended.set()

    hooks.update(slow=slow, job=work)
    call = asyncio.ensure_future(
        rpc_error(sample.stub(CartServiceStub).GetCartForCheckout(GetCartForCheckoutRequest(session_id="60")))
    )
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(uuid4()))
    await began.get()
    await began.get()

    await sample.stop()

    assert (await call).status in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    assert not ended.is_set()


async def test_a_taken_port_is_an_error_at_once(start_service: StartService, shared: ServiceHarness) -> None:
    with pytest.raises(OSError, match="cannot listen on gRPC port"):
        await start_service(PACKAGE, grpc_port=shared.service.grpc_port)
    with pytest.raises(OSError, match="in use"):
        await start_service(PACKAGE, http_port=shared.service.http_port)


async def test_two_runs_share_their_second_ports_and_one_goes_on_alone(start_service: StartService) -> None:
    shared_http, shared_grpc = free_port(), free_port()
    ports: dict[str, Any] = {"shared_http_port": shared_http, "shared_grpc_port": shared_grpc}
    first = await start_service(PACKAGE, **ports)
    second = await start_service(PACKAGE, database_url=first.url, **ports)
    assert first.service.http_port != second.service.http_port

    await first.stop()

    async with (
        httpx.AsyncClient() as client,
        grpc.aio.insecure_channel(f"127.0.0.1:{shared_grpc}") as channel,
    ):
        assert (await client.get(f"http://127.0.0.1:{shared_http}/health/ready")).status_code == 200
        check = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert check.status == SERVING
