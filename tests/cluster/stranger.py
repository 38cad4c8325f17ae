"""A pod of another namespace: without a certificate, and nobody that a NetworkPolicy knows."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.cluster.cluster import DEVELOPMENT, NAMESPACE, RELEASE, Cluster, until

NAME = "stranger"
_LABELS = {"app.kubernetes.io/name": NAME}
_CALLS = """
import concurrent.futures, socket, ssl, sys, grpc

def connect(address, port):
    with socket.create_connection((address, port), 5):
        return "CONNECTED"

def plaintext(address, port):
    with grpc.insecure_channel(f"{address}:{port}") as channel:
        method = channel.unary_unary("/grpc.health.v1.Health/Check", bytes, bytes)
        try:
            method(b"", timeout=5)
            return "ANSWERED"
        except grpc.RpcError as error:
            return error.code().name

def tls(address, port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address, port), 5) as raw, context.wrap_socket(raw) as secured:
        secured.settimeout(5)
        secured.sendall(b"GET /health/ready HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n")
        return "ANSWERED" if secured.recv(1) else "CLOSED"

def attempt(kind, target):
    address, _, port = target.rpartition(":")
    try:
        return f"{target} {kind.__name__} {kind(address, int(port))}"
    except OSError as error:
        return f"{target} {kind.__name__} {type(error).__name__}"

kinds = [globals()[name] for name in sys.argv[1].split(",")]
with concurrent.futures.ThreadPoolExecutor(16) as threads:
    asked = [threads.submit(attempt, kind, target) for target in sys.argv[2:] for kind in kinds]
    print(*(each.result() for each in asked), sep="\\n")
"""


def _object(kind: str, version: str, spec: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": NAME}, "spec": spec})


def _pod(image: str) -> str:
    security = {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "app",
        "image": image,
        "command": ["python", "-c", "import time; time.sleep(86400)"],
        "securityContext": security,
    }
    spec = {
        "containers": [container],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
    }
    pod = json.loads(_object("Pod", "v1", spec))
    pod["metadata"]["labels"] = _LABELS
    return json.dumps(pod)


class Stranger:
    """The pod, while it is there.

    Args:
        cluster: Where.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @contextlib.contextmanager
    def present(self) -> Iterator[None]:
        """Make the pod; take it away in the end."""
        apply = self._cluster.kubectl
        apply("apply", "-f", "-", text=_pod(f"bunmart/mesh-tools:{self._cluster.tag}"), namespace=DEVELOPMENT)
        try:
            apply("wait", f"pod/{NAME}", "--for=condition=Ready", "--timeout=120s", namespace=DEVELOPMENT)
            yield
        finally:
            apply("delete", "pod", NAME, "--wait=false", namespace=DEVELOPMENT)

    def asks(self, kinds: Sequence[str], targets: Sequence[str]) -> list[str]:
        """Connect in each of these ways (``connect``, ``plaintext``, ``tls``) to each ``address:port``.

        Returns:
            For each a line: target, way, and what came of it, ``CONNECTED`` or ``ANSWERED`` if it was let in.
        """
        said = self._cluster.kubectl(
            *("exec", "-i", NAME, "--", "python", "-", ",".join(kinds), *targets),
            text=_CALLS,
            namespace=DEVELOPMENT,
        )
        return said.splitlines()

    @contextlib.contextmanager
    def let_in(self) -> Iterator[None]:
        """Have the network let the stranger in, so that only the mesh can refuse."""
        source = {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": DEVELOPMENT}},
            "podSelector": {"matchLabels": _LABELS},
        }
        selected = {"matchLabels": {"app.kubernetes.io/instance": RELEASE}}
        spec = {"podSelector": selected, "policyTypes": ["Ingress"], "ingress": [{"from": [source]}]}
        with self._policy(NAMESPACE, spec):
            yield

    def is_held(self) -> bool:
        """Whether this cluster enforces NetworkPolicies: then one that allows nothing holds the stranger."""
        server = f"{self._cluster.address('kubernetes', 'default')}:443"
        assert self.asks(["connect"], [server]) == [f"{server} connect CONNECTED"]
        spec = {"podSelector": {"matchLabels": _LABELS}, "policyTypes": ["Egress"], "egress": []}
        with self._policy(DEVELOPMENT, spec):
            try:
                until(lambda: "CONNECTED" not in self.asks(["connect"], [server])[0], "held", 15)
            except AssertionError:
                return False
        until(lambda: "CONNECTED" in self.asks(["connect"], [server])[0], "free again", 30)
        return True

    @contextlib.contextmanager
    def _policy(self, namespace: str, spec: dict[str, Any]) -> Iterator[None]:
        manifest = _object("NetworkPolicy", "networking.k8s.io/v1", spec)
        self._cluster.kubectl("apply", "-f", "-", text=manifest, namespace=namespace)
        try:
            yield
        finally:
            self._cluster.kubectl("delete", "networkpolicy", NAME, namespace=namespace)
