"""Real Envoys around tiny applications: order, user and bff are called; cart, kitchen and product only call."""

import asyncio
import contextlib
import json
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import jwt
import pytest
import uvicorn
from bunmart_dev.local_mesh import envoy
from bunmart_dev.local_mesh.files import LocalMesh, write_local_mesh
from bunmart_dev.ports import Ports
from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import Policy, load_policy
from bunmart_mesh.render.envoy.edge import EdgeOptions
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from jwt.algorithms import ECAlgorithm

from tests.mesh.chart import Bunmart
from tests.support import free_system_ports

CALLED = ("order", "user", "bff")
RUNNING = (*CALLED, "cart", "kitchen", "product", "edge")
KEY_ID = "test-key"


async def eventually(succeeds: Callable[[], Awaitable[bool]], seconds: float = 15.0) -> None:
    """Wait until something becomes true."""
    limit = time.monotonic() + seconds
    while not await succeeds():
        assert time.monotonic() < limit, "it did not become true in time"
        await asyncio.sleep(0.05)


@dataclass
class App:
    """An application behind its sidecar: remembers what reaches it, fails on request."""

    name: str
    http_port: int
    grpc_port: int
    rpcs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    failures: list[grpc.StatusCode] = field(default_factory=list)
    """Statuses of the next RPCs."""
    headers: tuple[tuple[str, str], ...] = ()
    """Metadata which the next RPCs send before their answer."""
    trailers: tuple[tuple[str, str], ...] = ()
    """Metadata which the next RPCs send with their status."""
    pages: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    _grpc: grpc.aio.Server | None = None
    _http: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    def page(self, path: str, status: int, headers: Mapping[str, str], body: bytes = b"{}") -> None:
        self.pages[path] = (status, headers, body)

    def forget(self) -> None:
        self.rpcs.clear()
        self.requests.clear()
        self.failures.clear()
        self.headers = self.trailers = ()

    async def start_grpc(self) -> None:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        contract = contract_of(self.name)
        handlers: dict[str, Any]
        handlers = {
            rpc.name: grpc.unary_unary_rpc_method_handler(self._serve(rpc.path)) for rpc in contract.rpcs
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(contract.full_name, handlers),))
        health = health_aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health, server)
        await health.set(contract.full_name, health_pb2.HealthCheckResponse.SERVING)
        server.add_insecure_port(f"127.0.0.1:{self.grpc_port}")
        await server.start()
        self._grpc = server

    async def stop_grpc(self) -> None:
        if self._grpc is not None:
            await self._grpc.stop(None)
            self._grpc = None

    def _serve(self, path: str) -> Callable[[bytes, Any], Awaitable[bytes]]:
        async def serve(_request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
            self.rpcs.append((path, dict(context.invocation_metadata() or ())))
            if self.headers:
                await context.send_initial_metadata(self.headers)
            if self.failures:
                await context.abort(self.failures.pop(0), "on request of the test", self.trailers)
            return b""

        return serve

    async def start_http(self) -> None:
        config = uvicorn.Config(
            self._answer, port=self.http_port, interface="asgi3", lifespan="off", log_config=None
        )
        self._http = uvicorn.Server(config)
        self._http.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
        self._task = asyncio.create_task(self._http.serve())
        await eventually(lambda: asyncio.sleep(0, self._http is not None and self._http.started))

    async def stop_http(self) -> None:
        if self._http is not None and self._task is not None:
            self._http.should_exit = self._http.force_exit = True
            await self._task
            self._http = self._task = None

    async def _answer(self, scope: Any, _receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if not scope["path"].startswith("/health"):
            self.requests.append((scope["method"], scope["path"], headers))
        status, page_headers, body = self.pages.get(scope["path"], (200, {}, b"{}"))
        raw = [(name.encode(), value.encode()) for name, value in page_headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def start_envoy(files: LocalMesh, name: str) -> subprocess.Popen[bytes]:
    with (files.logs / f"{name}.envoy.log").open("wb") as output:
        return subprocess.Popen(envoy.command(files.configs[name]), stdout=output, stderr=output)


@dataclass
class Mesh:
    """A running mesh and the ways into it."""

    ports: Ports
    files: LocalMesh
    apps: dict[str, App]
    key: ec.EllipticCurvePrivateKey
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    until = staticmethod(eventually)

    async def call(self, caller: str, callee: str, path: str) -> grpc.StatusCode:
        """Call an RPC as an application does: plaintext, to its own sidecar, the peer as authority."""
        target = f"127.0.0.1:{self.ports.of(caller).outbound}"
        options = [("grpc.default_authority", callee), ("grpc.enable_retries", 0)]
        async with grpc.aio.insecure_channel(target, options=options) as channel:
            method: Any = channel.unary_unary(path)
            code: grpc.StatusCode = await method(b"", timeout=5).code()
            return code

    def edge(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.ports.edge}")

    def outbound(self, caller: str, callee: str) -> httpx.AsyncClient:
        """An application that sends REST to a peer."""
        url = f"http://127.0.0.1:{self.ports.of(caller).outbound}"
        return httpx.AsyncClient(base_url=url, headers={"host": callee})

    def inbound(self, callee: str, certificates: Path | None) -> httpx.AsyncClient:
        """Somebody who goes straight to a sidecar with a certificate, or with none."""
        context = ssl.create_default_context(cafile=str(self.files.certificates / "ca.pem"))
        context.check_hostname = False
        if certificates is not None:
            context.load_cert_chain(certificates / "tls.crt", certificates / "tls.key")
        url = f"https://127.0.0.1:{self.ports.of(callee).inbound}"
        return httpx.AsyncClient(base_url=url, verify=context)

    def token(self, **claims: Any) -> dict[str, str]:
        """The header with an access token that is valid unless a claim says otherwise."""
        now = int(time.time())
        payload = {
            "iss": EdgeOptions.issuer,
            "aud": EdgeOptions.audience,
            "sub": "u1",
            "iat": now,
            "exp": now + 60,
            **claims,
        }
        return {"authorization": "Bearer " + jwt.encode(payload, self.key, "ES256", {"kid": KEY_ID})}

    def log(self, name: str) -> list[dict[str, Any]]:
        """The lines of an access log: ``order.inbound`` or ``edge``."""
        text = (self.files.logs / f"{name}.access.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    async def start(self) -> None:
        self.processes.update({name: start_envoy(self.files, name) for name in RUNNING})
        await eventually(self.serves)

    async def serves(self) -> bool:
        for name, process in self.processes.items():
            assert process.poll() is None, (self.files.logs / f"{name}.envoy.log").read_text()
        try:
            return await self._all_paths_work()
        except (httpx.TransportError, grpc.aio.AioRpcError):
            return False

    async def _all_paths_work(self) -> bool:
        async with self.edge() as browser, self.outbound("bff", "order") as bff:
            answers = [
                await browser.get("/api/orders", headers=self.token()),
                await browser.get("/docs"),
                await bff.get("/api/orders/1"),
            ]
        for caller, rpc in (("cart", "CreateOrderIntent"), ("kitchen", "NotifyOrderPrepared")):
            path = contract_of("order").rpc(rpc).path
            if await self.call(caller, "order", path) is not grpc.StatusCode.OK:
                return False
        return all(answer.status_code == httpx.codes.OK for answer in answers)

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(10)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="session")
def bunmart(tmp_path_factory: pytest.TempPathFactory) -> Bunmart:
    return Bunmart(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="session")
def local_mesh(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> tuple[Ports, LocalMesh]:
    ports = free_system_ports()
    options = EdgeOptions(requests_per_second=50, burst=400)
    return ports, write_local_mesh(tmp_path_factory.mktemp("mesh"), policy, ports, options=options)


@pytest.fixture(scope="session")
async def running(local_mesh: tuple[Ports, LocalMesh]) -> AsyncIterator[Mesh]:
    ports, files = local_mesh
    key = ec.generate_private_key(ec.SECP256R1())
    apps = {name: App(name, ports.of(name).http, ports.of(name).grpc) for name in CALLED}
    jwk = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": KEY_ID, "alg": "ES256"}
    apps["user"].page("/.well-known/jwks.json", 200, {}, json.dumps({"keys": [jwk]}).encode())
    mesh = Mesh(ports, files, apps, key)
    try:
        for app in apps.values():
            await app.start_http()
            if app.name != "bff":
                await app.start_grpc()
        await mesh.start()
        yield mesh
    finally:
        mesh.stop()
        for app in apps.values():
            await app.stop_http()
            await app.stop_grpc()


@pytest.fixture
async def mesh(running: Mesh) -> AsyncIterator[Mesh]:
    """The running mesh, its applications without memory of earlier tests."""
    # The applications stand still during synchronous tests, and health checks notice.
    await eventually(running.serves)
    for app in running.apps.values():
        app.forget()
    yield running
    for app in running.apps.values():
        app.forget()


@pytest.fixture
async def lonely_edge(tmp_path: Path, policy: Policy, running: Mesh) -> AsyncIterator[str]:
    """The address of an edge without a single service behind it."""
    ports = free_system_ports()
    files = write_local_mesh(tmp_path, policy, ports)
    process = start_envoy(files, "edge")
    address = f"http://127.0.0.1:{ports.edge}"

    async def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            async with httpx.AsyncClient() as client:
                return (await client.get(address)).status_code == httpx.codes.NOT_FOUND
        return False

    try:
        await eventually(answers)
        yield address
    finally:
        process.terminate()
        process.wait(10)
