"""The calls of `helm test`, against a service of this process."""

import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from bunmart_mesh.smoke import HEALTH_CHECK, main

SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path == "/schema/openapi.json" and self.headers["host"] == "order"
        self.send_response(200 if known else 403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[str]:
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        lambda _request, _context: request.param
    )
    _, service, method = HEALTH_CHECK.split("/")
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def smoke(url: str, target: str, *arguments: str) -> int:
    return main(["--patience", "0", "mesh", f"--target={target}", f"--url={url}", *arguments])


@pytest.mark.parametrize("target", [SERVING], indirect=True)
def test_a_service_that_serves_passes(url: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke(url, target, "--denied=order/api/orders", "order") == 0
    assert [line[:2] for line in capsys.readouterr().out.splitlines()] == ["ok", "ok", "ok"]


@pytest.mark.parametrize("target", [NOT_SERVING], indirect=True)
def test_a_service_that_does_not_serve_fails(
    url: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke(url, target, "order") == 1
    assert "FAILED  grpc order /grpc.health.v1.Health/Check: not serving" in capsys.readouterr().out


@pytest.mark.parametrize("target", [SERVING], indirect=True)
def test_what_is_answered_although_it_is_denied_fails(
    url: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke(url, target, "--denied=order/schema/openapi.json") == 1
    assert "FAILED  rest order/schema/openapi.json -> 403: 200" in capsys.readouterr().out


def test_an_ingress_that_nobody_serves_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--patience", "0", "ingress", "--url=http://127.0.0.1:1", "/api/products"]) == 1
    assert "ConnectError" in capsys.readouterr().out


def test_the_ingress_is_asked_by_its_own_name(url: str) -> None:
    asked = ["ingress", f"--url={url}", "/schema/openapi.json"]
    assert main(["--patience", "0", asked[0], asked[1], "--host=order", asked[2]]) == 0
    assert main(["--patience", "0", *asked]) == 1
