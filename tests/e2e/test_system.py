"""The whole system: an order travels through it, services die on the way, and in the end nothing is left."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from bunmart_dev.demo.story import Step
from bunmart_dev.demo.telling import Telling
from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.launcher.login import fetch_token
from bunmart_dev.launcher.settings import SERVICES
from bunmart_dev.seed import seed
from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import load_policy
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
HEALTH = "grpc.health.v1.Health"
ROOT = Path(__file__).parents[2]


def test_everything_is_ready_and_says_where_it_is(system: Any) -> None:
    code, services = system.status()

    assert code == 0, system.output
    assert {name: part["state"] for name, part in services.items()} == dict.fromkeys(services, "ready")
    assert {*SERVICES, "bff", "edge", "postgres", "stripe", "mail", "order-sidecar"} <= set(services)
    assert services["order"]["http"] == f"127.0.0.1:{system.ports.of('order').http}"
    assert services["order"]["grpc"] == f"127.0.0.1:{system.ports.of('order').grpc}"
    for promised in (
        f"{system.url}/api/products",
        f"{system.url}/docs",
        DEMO_USERS["customer"],
        DEMO_PASSWORD,
    ):
        assert promised in system.output


@pytest.mark.parametrize("role", sorted(DEMO_USERS))
def test_every_demo_login_works(system: Any, role: str) -> None:
    assert fetch_token(system.url, role).count(".") == 2


def test_the_curl_line_of_the_readme_lists_the_orders(system: Any) -> None:
    readme = ROOT / "README.md"
    (line,) = (line for line in readme.read_text().splitlines() if line.startswith("curl "))
    command = line.replace("http://127.0.0.1:8080", system.url)

    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=ROOT,
        env=system.environment,
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert "items" in json.loads(done.stdout)


async def test_the_shelf_is_full_and_a_second_start_leaves_it_alone(system: Any) -> None:
    async with httpx.AsyncClient(base_url=system.url) as client:
        products = (await client.get("/api/products?page_size=100")).json()["items"]
        ids = ",".join(product["product_id"] for product in products)
        prices = (await client.get(f"/api/prices?product_ids={ids}")).json()["items"]
        pictures = [await client.get(product["image_url"]) for product in products]

    assert len(products) == len(prices) == 12
    assert all(product["description"] and product["tag_ids"] for product in products)
    assert {picture.headers["content-type"] for picture in pictures} == {"image/svg+xml"}
    for again in (False, True):
        created = await seed(
            system.url, email=DEMO_USERS["admin"], password=DEMO_PASSWORD, logins=DEMO_USERS, again=again
        )
        assert created == 0


def test_make_demo_tells_the_whole_story(system: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bunmart_dev.demo", "--json"],
        env=system.environment,
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, (done.stdout, done.stderr)
    story = json.loads(done.stdout)
    passed = [step["order_status"] for step in story["steps"] if step["order_status"]]
    assert list(dict.fromkeys(passed)) == [
        "pending",
        "paid",
        "production",
        "prepared",
        "packed",
        "shipping",
        "shipped",
        "completed",
    ]
    called = {(count["caller"], count["callee"]) for count in story["calls"]}
    optional = {("cart", "notification"), ("kitchen", "notification")}
    # Every service asks the user service whether access still holds, apart from what it does for an order.
    optional |= {(call.caller, "user") for call in load_policy().grpc if "ListEndedAccess" in call.rpcs}
    assert called | optional == {(call.caller, call.callee) for call in load_policy().grpc}
    failed = {(count["caller"], count["callee"]) for count in story["calls"] if count["failed"]}
    assert failed == {("order", "pricing")}, "only the coupon that is used up is refused"


@pytest.mark.parametrize(
    ("service", "moment"),
    [("cart", "checks out"), ("order", "presses Pay"), ("payment", "pays with a good card")],
)
async def test_a_service_that_is_killed_on_the_way_only_delays(
    system: Any, service: str, moment: str
) -> None:
    killed = asyncio.Event()

    def kill(step: Step) -> None:
        if step.title.startswith(moment) and not killed.is_set():
            killed.set()
            # A moment later: while its request is under way.
            asyncio.get_running_loop().call_later(0.01, system.kill, service)

    telling = Telling(system.url, DEMO_PASSWORD, DEMO_USERS, logs=system.logs, before_step=kill)
    told = await telling.tell()

    assert told, telling.error
    assert killed.is_set()
    assert telling.steps[-1].order_status == "completed"
    assert f"{service} was ended by SIGKILL; starting it again" in system.output


@pytest.mark.parametrize("service", SERVICES)
async def test_grpcurl_finds_its_way(system: Any, service: str) -> None:
    """Reflection lists the service, and its health answers for "" and for its full name."""
    name = contract_of(service).full_name
    target = f"127.0.0.1:{system.ports.of(service).grpc}"
    async with grpc.aio.insecure_channel(target) as channel:
        reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        answers = [answer async for answer in reflection.ServerReflectionInfo(requests)]
        listed = {each.name for each in answers[0].list_services_response.service}
        health: Any = health_pb2_grpc.HealthStub(channel)
        states = [
            (await health.Check(health_pb2.HealthCheckRequest(service=each))).status for each in ("", name)
        ]

    assert {name, HEALTH} <= listed
    assert states == [health_pb2.HealthCheckResponse.SERVING] * 2


async def test_health_follows_the_database(system: Any) -> None:
    name = contract_of("order").full_name
    async with grpc.aio.insecure_channel(f"127.0.0.1:{system.ports.of('order').grpc}") as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)

        async def becomes(state: int) -> None:
            async with asyncio.timeout(40):
                for each in ("", name):
                    request = health_pb2.HealthCheckRequest(service=each)
                    while (await health.Check(request)).status != state:  # noqa: ASYNC110 - it has no events
                        await asyncio.sleep(0.2)

        await becomes(health_pb2.HealthCheckResponse.SERVING)
        with system.stopped("postgres"):
            await becomes(health_pb2.HealthCheckResponse.NOT_SERVING)
            code, services = await asyncio.to_thread(system.status)
            assert (code, services["order"]["state"]) == (1, "not ready")
        await becomes(health_pb2.HealthCheckResponse.SERVING)

    telling = Telling(system.url, DEMO_PASSWORD, DEMO_USERS, logs=system.logs)
    assert await telling.tell(), telling.error


@pytest.mark.parametrize(
    ("caller", "callee", "rpc", "allowed"),
    [
        ("product", "order", "CreateOrderIntent", False),
        ("payment", "user", "GetUser", False),
        ("cart", "order", "NotifyPaymentResult", False),
        ("cart", "order", "CreateOrderIntent", True),
    ],
)
async def test_only_the_pairs_of_the_policy_may_call(
    system: Any, caller: str, callee: str, rpc: str, allowed: bool
) -> None:
    """An application's way out: plaintext to its own sidecar, the peer as authority, an empty request."""
    target = f"127.0.0.1:{system.ports.of(caller).outbound}"
    options = [("grpc.default_authority", callee)]
    async with grpc.aio.insecure_channel(target, options=options) as channel:
        method: Any = channel.unary_unary(contract_of(callee).rpc(rpc).path)
        status = await method(b"", timeout=5).code()

    denied = grpc.StatusCode.PERMISSION_DENIED
    assert status is (grpc.StatusCode.INVALID_ARGUMENT if allowed else denied)


def test_ctrl_c_leaves_nothing_running(system: Any) -> None:
    """The last test of this file: it stops the system."""
    system.state()

    assert system.stop() == 0

    assert "Stopped; the data is kept" in system.output
    assert system.survivors() == []
    done = subprocess.run(
        [sys.executable, "-m", "bunmart_dev.demo", "--wait", "1"],
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"Nothing answers at {system.url}" in done.stderr
