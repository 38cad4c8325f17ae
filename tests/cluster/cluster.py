"""kubectl and helm for the tests, and ways into the mesh."""

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from bunmart_dev.free_ports import free_port
from bunmart_mesh.policy import load_policy

from tests.cluster.relay import relay

NAMESPACE = "bunmart"
DEVELOPMENT = "bunmart-dev"
RELEASE = "bunmart"
CHART = Path(__file__).parents[2] / "charts" / "bunmart"
_POLICY = load_policy()
SERVICES = tuple(part.name for part in _POLICY.parts if part.kind == "service")
PARTS = (*SERVICES, "bff")


class CommandError(AssertionError):
    """A command failed; the text is what it said."""


def run(*arguments: str, text: str | None = None, timeout: float = 600) -> str:
    """Run a command and return its output; a failure is the test's."""
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise CommandError(f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def until(holds: Callable[[], object], what: str, seconds: float) -> float:
    """Wait until something holds; returns the seconds that it took."""
    began = time.monotonic()
    reason = ""
    while time.monotonic() - began < seconds:
        try:
            if holds():
                return time.monotonic() - began
        except (AssertionError, OSError, ValueError, KeyError, httpx.HTTPError) as error:
            reason = str(error)
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds:.0f} s: {what} {reason}")


@dataclass
class Cluster:
    """The cluster of a context, with what is measured in it.

    Attributes:
        context: Of the kubeconfig.
        provider: ``envoy`` or ``istio``.
        tag: Of the images to install.
        next_tag: Of the images to upgrade to.
        values: Values files, in order.
        figures: What the report says.
    """

    context: str
    provider: str
    tag: str
    next_tag: str
    values: Sequence[str]
    figures: dict[str, str] = field(default_factory=dict)

    def kubectl(self, *arguments: str, text: str | None = None, namespace: str = NAMESPACE) -> str:
        return run("kubectl", "--context", self.context, "-n", namespace, *arguments, text=text)

    def get(self, kind: str, *arguments: str, namespace: str = NAMESPACE) -> list[Any]:
        found = json.loads(self.kubectl("get", kind, "-o", "json", *arguments, namespace=namespace))
        return list(found["items"]) if found["kind"] == "List" else [found]

    def helm(self, *arguments: str, timeout: float = 900) -> str:
        return run("helm", "--kube-context", self.context, "-n", NAMESPACE, *arguments, timeout=timeout)

    def install(self, *settings: str, tag: str = "") -> float:
        """Install or upgrade the release and wait until all is ready; returns the seconds."""
        files = [word for path in self.values for word in ("-f", path)]
        chosen = ["--set-string", f"global.image.tag={tag or self.tag}"]
        chosen += [word for setting in settings for word in ("--set", setting)]
        began = time.monotonic()
        self.helm("upgrade", "--install", RELEASE, str(CHART), *files, *chosen, "--timeout", "12m", "--wait")
        return time.monotonic() - began

    def uninstall(self) -> None:
        """Take the release away and wait until its pods are gone."""
        self.helm("uninstall", RELEASE, "--ignore-not-found", "--wait", "--timeout", "5m")
        until(
            lambda: not self.get("pods", "-l", f"app.kubernetes.io/instance={RELEASE}"), "pods are gone", 180
        )

    @property
    def ingress(self) -> tuple[str, int]:
        """The Service of the ingress and its port."""
        return ("edge", 80) if self.provider == "envoy" else ("bunmart-istio", 80)

    @contextlib.contextmanager
    def browser(self) -> Iterator[str]:
        """The ingress and the Stripe emulator at the addresses that the shop tells a browser; yields the first.

        They lead to the Services, not to pods, so that they outlive these.
        """
        stripe, port = ("stripe-emulator", 21210)
        with (
            relay(8080, self.address(self.ingress[0]), self.ingress[1]),
            relay(port, self.address(stripe, DEVELOPMENT), port),
        ):
            yield "http://127.0.0.1:8080"

    def address(self, service: str, namespace: str = NAMESPACE) -> str:
        """The address of a Service."""
        (found,) = self.get("service", service, namespace=namespace)
        return str(found["spec"]["clusterIP"])

    def rolled_out(self) -> bool:
        """Whether every Deployment has all its replicas of the newest kind."""
        for deployment in self.get("deployments"):
            wanted, status = deployment["spec"]["replicas"], deployment["status"]
            if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
                return False
            if not wanted == status.get("updatedReplicas", 0) == status.get("availableReplicas", 0):
                return False
        return True

    def pods(self, part: str) -> list[str]:
        """The names of a part's running pods."""
        pods = self.get("pods", "-l", f"app.kubernetes.io/name={part}")
        return [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def python(self, pod: str, code: str, *arguments: str, container: str = "app") -> str:
        """Run Python in a container and return what it prints."""
        return self.kubectl("exec", "-i", pod, "-c", container, "--", "python", "-", *arguments, text=code)

    @contextlib.contextmanager
    def forward(self, target: str, port: int, namespace: str = NAMESPACE, local: int = 0) -> Iterator[int]:
        """Forward a local port as a person would; yields it."""
        local = local or free_port()
        where = ("--context", self.context, "-n", namespace)
        command = ["kubectl", *where, "port-forward", target, f"{local}:{port}"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: _connects(local), f"port-forward to {target}", 20)
            yield local
        finally:
            process.terminate()
            process.wait(10)


def _connects(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
