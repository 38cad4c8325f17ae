"""Real Envoys with the configurations of the cluster: what pods show, and how they change and end."""

import asyncio
import contextlib
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bunmart_dev.local_mesh import envoy
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.chart import chart_templates
from cryptography import x509

from tests.mesh.conftest import App, eventually
from tests.mesh.release import Pod, issue, render_release

HEALTH, METRICS, INBOUND, OUTBOUND, ADMIN, EDGE, APP = 15021, 15020, 15006, 15001, 15000, 8080, 8000
APP_PATHS = ("/health/live", "/health/ready", "/metrics")
NOT_ANSWERED = (
    (HEALTH, "/"),
    (HEALTH, "/metrics"),
    (HEALTH, "/stats/prometheus"),
    (HEALTH, "/health"),
    (HEALTH, "/health/ready/deeper"),
    (HEALTH, "/readyz"),
    (HEALTH, "/api/orders"),
    (HEALTH, "/config_dump"),
    (METRICS, "/"),
    (METRICS, "/ready"),
    (METRICS, "/health/ready"),
    (METRICS, "/stats"),
    (METRICS, "/certs"),
    (METRICS, "/config_dump"),
    (METRICS, "/api/orders"),
)


@pytest.fixture(scope="module")
def release(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return render_release(tmp_path_factory.mktemp("chart"), chart_templates(policy))


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Path:
    return issue(tmp_path_factory.mktemp("certificates"), policy)


def standard_output(pod: Pod) -> Path:
    return pod.folder / "output.log"


@contextlib.contextmanager
def envoy_of(pod: Pod) -> Iterator[None]:
    with standard_output(pod).open("wb") as output, (pod.folder / "errors.log").open("wb") as errors:
        process = subprocess.Popen(envoy.command(pod.config), stdout=output, stderr=errors)
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


async def until_ready(pod: Pod) -> None:
    async def ready() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(pod.url(HEALTH, "/ready"))).status_code == 200
            except httpx.TransportError:
                return False

    await eventually(ready)


@pytest.fixture(scope="module")
async def order(
    release: dict[str, str], issued: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Pod, App]]:
    pod = Pod("order", release, tmp_path_factory.mktemp("order"), issued)
    app = App("order", pod.ports[APP], 0)
    for path in APP_PATHS:
        app.page(path, 200, {}, f"application {path}".encode())
    await app.start_http()
    with envoy_of(pod):
        await until_ready(pod)
        yield pod, app
    await app.stop_http()


@pytest.fixture(scope="module")
async def edge(
    release: dict[str, str], issued: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pod]:
    """An edge whose connections may grow old for a fraction of a second; its peers are nowhere."""
    name = "bunmart.envoy.edge"
    text = release[name].replace("max_connection_duration: 25s", "max_connection_duration: 0.3s")
    assert text != release[name]
    pod = Pod("edge", {**release, name: text}, tmp_path_factory.mktemp("edge"), issued)
    with envoy_of(pod):
        await until_ready(pod)
        yield pod


def as_peer(pod: Pod, name: str) -> httpx.AsyncClient:
    """Another part that calls the pod with its own certificate."""
    context = ssl.create_default_context(cafile=str(pod.issued / name / "ca.crt"))
    context.check_hostname = False
    context.load_cert_chain(pod.issued / name / "tls.crt", pod.issued / name / "tls.key")
    return httpx.AsyncClient(base_url=f"https://127.0.0.1:{pod.ports[INBOUND]}", verify=context)


async def test_kubelet_and_prometheus_see_the_application(order: tuple[Pod, App]) -> None:
    pod, _ = order
    async with httpx.AsyncClient() as client:
        for port, path in ((HEALTH, "/health/live"), (HEALTH, "/health/ready"), (METRICS, "/metrics")):
            answer = await client.get(pod.url(port, path))
            assert (answer.status_code, answer.text) == (200, f"application {path}")


async def test_an_application_that_is_not_ready_is_told_as_it_is(order: tuple[Pod, App]) -> None:
    pod, app = order
    app.page("/health/ready", 503, {}, b"waiting")
    async with httpx.AsyncClient() as client:
        answer = await client.get(pod.url(HEALTH, "/health/ready"))
    app.page("/health/ready", 200, {}, b"application /health/ready")
    assert (answer.status_code, answer.text) == (503, "waiting")


async def test_prometheus_sees_envoy(order: tuple[Pod, App]) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(order[0].url(METRICS, "/stats/prometheus"))
    assert "envoy_server_live" in answer.text


async def test_prometheus_sees_what_envoy_has_counted_alone_when_it_asks_for_that(
    order: tuple[Pod, App],
) -> None:
    url = order[0].url(METRICS, "/stats/prometheus")
    async with httpx.AsyncClient() as client:
        everything, used = [(await client.get(each)).text for each in (url, f"{url}?usedonly=")]
    assert "envoy_server_live" in used
    assert len(used) < 0.8 * len(everything)


@pytest.mark.parametrize(("port", "path"), NOT_ANSWERED)
async def test_nothing_else_is_shown_without_an_identity(
    order: tuple[Pod, App], port: int, path: str
) -> None:
    pod, app = order
    app.forget()
    async with httpx.AsyncClient() as client:
        answer = await client.get(pod.url(port, path))
    assert answer.status_code == 404
    assert app.requests == []


async def test_envoy_cannot_be_told_anything_from_outside(order: tuple[Pod, App]) -> None:
    pod, _ = order
    async with httpx.AsyncClient() as client:
        for port, path in ((HEALTH, "/ready"), (METRICS, "/stats/prometheus"), (HEALTH, "/quitquitquit")):
            assert (await client.post(pod.url(port, path))).status_code == 404
        assert (await client.get(pod.url(HEALTH, "/ready"))).status_code == 200


@pytest.mark.parametrize(
    ("port", "path", "status"),
    [
        (HEALTH, "/ready", 200),
        (METRICS, "/stats/prometheus", 200),
        (HEALTH, "/health/ready", 404),
        (METRICS, "/metrics", 404),
    ],
)
async def test_the_edge_has_no_application(edge: Pod, port: int, path: str, status: int) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(edge.url(port, path))).status_code == status


@pytest.mark.parametrize(
    ("authority", "status"),
    [
        ("edge", 403),
        ("edge:80", 403),
        ("edge.shop", 403),
        ("edge.shop.svc:8080", 403),
        ("edge.shop.svc.cluster.test", 403),
        ("edge.other", 404),
        ("edge.shop.svc.cluster.test.example", 404),
    ],
)
async def test_a_part_is_known_by_its_kubernetes_names(
    order: tuple[Pod, App], authority: str, status: int
) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(order[0].url(OUTBOUND, "/"), headers={"host": authority})
    assert answer.status_code == status


async def test_access_logs_go_to_standard_output(order: tuple[Pod, App]) -> None:
    pod, _ = order
    async with as_peer(pod, "bff") as bff:
        assert (await bff.get("/api/orders/logged")).status_code == 200

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in standard_output(pod).read_text().splitlines()]

    await eventually(lambda: asyncio.sleep(0, any(line["path"] == "/api/orders/logged" for line in lines())))
    assert {line["path"] for line in lines()} == {"/api/orders/logged"}, "probes are not logged"
    assert lines()[-1]["peer"] == "spiffe://bakery/ns/shop/sa/bff"


async def test_certificates_that_kubelet_replaces_are_used_without_a_restart(
    order: tuple[Pod, App], policy: Policy
) -> None:
    pod, _ = order

    async def used() -> set[int]:
        async with httpx.AsyncClient() as client:
            found = (await client.get(pod.url(ADMIN, "/certs"))).json()["certificates"]
        return {int(chain["serial_number"], 16) for one in found for chain in one["cert_chain"]}

    def mounted() -> int:
        return x509.load_pem_x509_certificate((pod.folder / "tls" / "tls.crt").read_bytes()).serial_number

    before = mounted()
    assert await used() == {before}
    (pod.issued / "order" / "tls.crt").unlink()
    issue(pod.issued, policy)
    pod.mount_certificates("..second")
    assert mounted() != before

    async def renewed() -> bool:
        return await used() == {mounted()}

    await eventually(renewed)
    async with as_peer(pod, "bff") as bff:
        assert (await bff.get("/api/orders/1")).status_code == 200


async def test_an_old_connection_is_closed_with_an_answer(edge: Pod) -> None:
    async with httpx.AsyncClient(base_url=edge.url(EDGE, "")) as browser:
        young = await browser.get("/nothing")
        await asyncio.sleep(0.5)
        old = await browser.get("/nothing")
        anew = await browser.get("/nothing")
    assert [answer.status_code for answer in (young, old, anew)] == [404, 404, 404]
    assert [answer.headers.get("connection") for answer in (young, old, anew)] == [None, "close", None]
    assert young.extensions["network_stream"] is old.extensions["network_stream"]


async def test_an_old_http2_connection_is_told_to_go_away(edge: Pod) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.ports[EDGE])
    no_settings = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + no_settings)
    frame = None
    while frame != 7:  # GOAWAY (RFC 9113, section 6.8)
        header = await asyncio.wait_for(reader.readexactly(9), 5)
        await reader.readexactly(int.from_bytes(header[:3]))
        frame = header[3]
    writer.close()
    await writer.wait_closed()
