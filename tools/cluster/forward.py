"""Forwards what a browser needs to this machine: ``python -m tools.cluster.forward [-- command ...]``.

The ingress is at 8080, the Stripe emulator at 21210, the mails at 21221, as ``skaffold dev`` has them. Until
Ctrl-C, or for as long as the command runs, whose exit code is the result.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from tools.cluster.commands import Target, ToolError, main, parser

INGRESS = {"envoy": "service/edge", "istio": "service/bunmart-istio"}
WAIT_SECONDS = 30.0


def forwards(provider: str) -> list[tuple[str, str, int, int]]:
    """Namespace, object, local port and its port."""
    return [
        ("bunmart", INGRESS[provider], 8080, 80),
        ("bunmart-dev", "service/stripe-emulator", 21210, 21210),
        ("bunmart-dev", "service/mail-catcher", 21221, 21221),
    ]


def listens(port: int) -> bool:
    """Return True when a process accepts connections on a local port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def forward(target: Target, namespace: str, name: str, local: int, port: int) -> Iterator[None]:
    """Forward one port.

    Raises:
        ToolError: the local port is taken, or nothing listens in time.
    """
    if listens(local):
        raise ToolError(f"127.0.0.1:{local} is taken; is `skaffold dev` or `make up` running?")
    where = ("--context", target.context, "--namespace", namespace)
    process = subprocess.Popen(
        ("kubectl", *where, "port-forward", name, f"{local}:{port}"), stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not listens(local):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ToolError(f"{name} in {namespace} cannot be forwarded to {local}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def work() -> None:
    """Read the command line."""
    options = parser(__doc__)
    options.add_argument("--provider", choices=tuple(INGRESS), default="envoy")
    options.add_argument("command", nargs="*", help="after --")
    chosen = options.parse_args()
    target = Target.choose(chosen.context)
    with contextlib.ExitStack() as stack:
        for each in forwards(chosen.provider):
            stack.enter_context(forward(target, *each))
        if not chosen.command:
            print(
                "http://127.0.0.1:8080 is the shop, http://127.0.0.1:21221 its mails; Ctrl-C ends it.",
                flush=True,
            )
            signal.pause()
        done = subprocess.run(chosen.command, check=False)
        if done.returncode != 0:
            raise ToolError(f"failed: {' '.join(chosen.command)}")


if __name__ == "__main__":
    sys.exit(main(work))
