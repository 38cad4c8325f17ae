"""Who may call whom, asked of the running mesh: by certificate, by RPC, and without any."""

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import Policy, load_policy

from tests.cluster.cluster import PARTS, SERVICES, Cluster, until
from tests.cluster.stranger import Stranger

GRPC = {"content-type": "application/grpc", "te": "trailers"}
EMPTY_MESSAGE = b"\0\0\0\0\0"
PERMISSION_DENIED = "7"
CALL = """
import sys, grpc
target, authority, path = sys.argv[1:]
channel = grpc.insecure_channel(target, options=[("grpc.default_authority", authority)])
method = channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)
try:
    method(b"", timeout=10)
    print("OK")
except grpc.RpcError as error:
    print(error.code().name, error.details())
"""
POLICY = load_policy()


def a_granted_call(policy: Policy, callee: str) -> tuple[str, str]:
    """Somebody who may call a service, and what; reads before writes, and no call that everybody may make."""
    granted = [(caller, rpc) for caller in policy.callers(callee) for rpc in policy.rpcs(caller, callee)]
    granted.sort(key=lambda each: not each[1].repeatable)
    return next((caller, rpc.path) for caller, rpc in granted if strangers(policy, callee, rpc.path))


def strangers(policy: Policy, callee: str, path: str) -> list[str]:
    """The services that may call something, but not this."""
    return [
        name
        for name in SERVICES
        if name != callee and path not in {rpc.path for rpc in policy.rpcs(name, callee)}
    ]


CALLED = [callee for callee in SERVICES if any(POLICY.rpcs(caller, callee) for caller in POLICY.names)]


@contextmanager
def identity(cluster: Cluster, part: str) -> Iterator[ssl.SSLContext]:
    """The certificate of a part, taken out of its Secret."""
    (secret,) = cluster.get("secret", f"{part}-mesh-tls")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in secret["data"].items():
            (Path(folder) / name).write_bytes(base64.b64decode(content))
        context = ssl.create_default_context(cafile=str(Path(folder) / "ca.crt"))
        context.check_hostname = False
        context.load_cert_chain(Path(folder) / "tls.crt", Path(folder) / "tls.key")
        yield context


def call_directly(cluster: Cluster, caller: str, callee: str, path: str) -> str:
    """Call the callee's sidecar with the caller's certificate, past the caller's own; the gRPC status."""
    with (
        identity(cluster, caller) as context,
        cluster.forward(f"pod/{cluster.pods(callee)[0]}", 15006) as port,
        httpx.Client(verify=context) as client,
    ):
        answer = client.post(f"https://127.0.0.1:{port}{path}", headers=GRPC, content=EMPTY_MESSAGE)
        return str(answer.headers.get("grpc-status", "in the trailers"))


def call_from_pod(cluster: Cluster, caller: str, callee: str, path: str) -> str:
    """Call as the caller's application does; the gRPC status and its text."""
    target = "127.0.0.1:15001" if cluster.provider == "envoy" else f"{callee}:9090"
    return cluster.python(cluster.pods(caller)[0], CALL, target, callee, path).strip()


@pytest.mark.parametrize("callee", CALLED)
def test_a_granted_call_reaches_the_application(release: Cluster, callee: str) -> None:
    caller, path = a_granted_call(POLICY, callee)

    said = call_from_pod(release, caller, callee, path)

    # An empty request is refused by the application, in its own words.
    assert said.split()[0] in {"OK", "INVALID_ARGUMENT", "NOT_FOUND"}, said


@pytest.mark.parametrize("callee", CALLED)
def test_a_call_that_is_not_granted_is_denied(release: Cluster, callee: str) -> None:
    _, path = a_granted_call(POLICY, callee)
    stranger = strangers(POLICY, callee, path)[0]

    said = call_from_pod(release, stranger, callee, path)

    assert said.startswith("PERMISSION_DENIED"), said


@pytest.mark.parametrize("callee", CALLED)
def test_the_callee_itself_denies_by_certificate(release: Cluster, callee: str) -> None:
    if release.provider == "istio":
        pytest.skip("with Istio there is no other layer than the callee's: the test before is this one")
    caller, path = a_granted_call(POLICY, callee)
    stranger = strangers(POLICY, callee, path)[0]

    assert call_directly(release, stranger, callee, path) == PERMISSION_DENIED
    assert call_directly(release, caller, callee, path) != PERMISSION_DENIED
    other = next(rpc.path for rpc in contract_of("user").rpcs)
    assert (
        call_directly(release, caller, callee, other if callee != "user" else "/no.Such/Rpc")
        == PERMISSION_DENIED
    )


@pytest.mark.parametrize("part", PARTS)
def test_who_has_no_certificate_is_refused(release: Cluster, stranger: Stranger, part: str) -> None:
    with stranger.let_in():
        targets = doors(release, part)
        until(lambda: connected(stranger, targets[-1:]), "the network lets the stranger in", 30)
        said = stranger.asks(["plaintext", "tls"], targets)

    assert len(said) == 2 * len(targets)
    assert [line for line in said if "ANSWERED" in line] == []


def test_the_network_refuses_who_is_not_granted(release: Cluster, stranger: Stranger) -> None:
    if not stranger.is_held():
        pytest.skip("this cluster does not enforce NetworkPolicies")
    targets = [target for part in PARTS for target in doors(release, part)]

    assert connected(stranger, targets) == []


def connected(stranger: Stranger, targets: list[str]) -> list[str]:
    """Those that a stranger comes through to."""
    return [line for line in stranger.asks(["connect"], targets) if line.endswith("CONNECTED")]


def doors(cluster: Cluster, part: str) -> list[str]:
    """The addresses of a part's pod; the one that the mesh listens on comes last."""
    (pod,) = cluster.get("pod", cluster.pods(part)[0])
    ports = ("8000", "9090", "15006") if cluster.provider == "envoy" else ("9090", "8000")
    return [f"{pod['status']['podIP']}:{port}" for port in ports]


def test_a_browser_is_told_by_the_ingress_what_is_wrong_with_his_token(release: Cluster) -> None:
    service, port = release.ingress
    with release.forward(f"service/{service}", port) as local, httpx.Client() as client:
        url = f"http://127.0.0.1:{local}"
        until(lambda: client.get(f"{url}/api/products").status_code == 200, "the ingress answers", 30)
        forged = {"authorization": "Bearer e30.e30.e30"}
        refused = client.get(f"{url}/api/orders", headers=forged)
        without = client.get(f"{url}/api/orders")
        nowhere = client.get(f"{url}/health/ready")
        login = client.post(
            f"{url}/api/auth/login", headers=forged, json={"email": "a@b.cd", "password": "x" * 9}
        )
    for answer, status, code in (
        (refused, 401, "UNAUTHENTICATED"),
        (without, 401, "UNAUTHENTICATED"),
        (nowhere, 404, "NOT_FOUND"),
    ):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["code"] == code
    # A wrong password, told by the user service: the forged token was none of the ingress' business.
    assert json.loads(login.text)["code"] != "UNAUTHENTICATED" or "password" in login.text.lower()


def test_health_and_metrics_are_served_beside_the_mesh(release: Cluster) -> None:
    if release.provider == "istio":
        pytest.skip("the injected sidecar has its own ports for this")
    pod = f"pod/{release.pods('order')[0]}"
    with (
        release.forward(pod, 15021) as health,
        release.forward(pod, 15020) as metrics,
        httpx.Client() as client,
    ):
        assert client.get(f"http://127.0.0.1:{health}/health/ready").json() == {"status": "ready"}
        assert client.get(f"http://127.0.0.1:{health}/ready").status_code == 200
        assert client.get(f"http://127.0.0.1:{health}/api/orders").status_code == 404
        assert "service_ready 1.0" in client.get(f"http://127.0.0.1:{metrics}/metrics").text
        assert "envoy_cluster" in client.get(f"http://127.0.0.1:{metrics}/stats/prometheus").text
        assert client.get(f"http://127.0.0.1:{metrics}/health/ready").status_code == 404
