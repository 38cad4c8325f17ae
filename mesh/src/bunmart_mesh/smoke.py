"""``python -m bunmart_mesh.smoke``: a gRPC health call and REST calls through a mesh; ``helm test`` runs it.

``mesh`` speaks as the BFF, whose sidecar stands beside this process; ``ingress`` speaks as a browser.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import grpc
import httpx2

HEALTH_CHECK = "/grpc.health.v1.Health/Check"
_SERVING = b"\x08\x01"
"""``HealthCheckResponse{status: SERVING}``; the request for the whole server is the empty message."""
_OPENAPI = "/schema/openapi.json"
_CALL_SECONDS = 5.0
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Call:
    """One call and what came of it.

    Attributes:
        name: For the report.
        attempt: Makes the call once; returns what is wrong with the answer, empty when nothing is.
    """

    name: str
    attempt: Callable[[], str]


def health(target: str, service: str) -> Call:
    """Ask a service's gRPC health.

    Args:
        target: gRPC target of peers, ``{service}`` replaced.
        service: The callee, and the authority of the call.
    """

    def attempt() -> str:
        options = [("grpc.default_authority", service)]
        with grpc.insecure_channel(target.format(service=service), options) as channel:
            check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH_CHECK)
            try:
                answer = check(b"", timeout=_CALL_SECONDS)
            except grpc.RpcError as error:
                return str(error)
        return "" if answer == _SERVING else f"not serving: {answer!r}"

    return Call(f"grpc {service} {HEALTH_CHECK}", attempt)


def get(url: str, host: str, path: str, expected: int = 200, *, verify: bool = True) -> Call:
    """Read a path over HTTP.

    Args:
        url: The server, without a path.
        host: The ``Host`` header, and over TLS the server's name; empty takes them from the URL.
        path: The path to read.
        expected: Status of the answer.
        verify: True to check the certificate of an https URL.
    """

    def attempt() -> str:
        headers = {"host": host} if host else {}
        extensions = {"sni_hostname": host} if host else {}
        with httpx2.Client(verify=verify, timeout=_CALL_SECONDS, trust_env=False) as client:
            try:
                answer = client.get(f"{url}{path}", headers=headers, extensions=extensions)
            except httpx2.TransportError as error:
                return repr(error)
        return "" if answer.status_code == expected else f"{answer.status_code}: {answer.text[:200]}"

    return Call(f"rest {host or url}{path} -> {expected}", attempt)


def run(calls: Iterable[Call], patience: float) -> int:
    """Make each call until it succeeds; report one line a call.

    Args:
        calls: The calls to make.
        patience: Seconds for which a call that fails is repeated.

    Returns:
        The number of calls that never succeeded.
    """
    failed = 0
    for call in calls:
        deadline = time.monotonic() + patience
        while (problem := call.attempt()) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
        print(f"{'FAILED' if problem else 'ok'}  {call.name}{problem and f': {problem}'}", flush=True)
        failed += bool(problem)
    return failed


def _calls(options: argparse.Namespace) -> list[Call]:
    if options.through == "ingress":
        return [get(options.url, options.host, path, verify=not options.insecure) for path in options.paths]
    made = []
    for service in options.services:
        made.append(health(options.target, service))
        made.append(get(options.url.format(service=service), service, _OPENAPI))
    for denied in options.denied:
        service, _, path = denied.partition("/")
        made.append(get(options.url.format(service=service), service, f"/{path}", httpx2.codes.FORBIDDEN))
    return made


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bunmart_mesh.smoke", description=__doc__)
    parser.add_argument("--patience", type=float, default=60, help="seconds for each call (%(default)s)")
    through = parser.add_subparsers(dest="through", required=True)
    mesh = through.add_parser("mesh", help="call services as the BFF")
    mesh.add_argument("--target", required=True, help="gRPC target of peers, {service} replaced")
    mesh.add_argument("--url", required=True, help="URL of peers, {service} replaced")
    mesh.add_argument(
        "--denied", action="append", default=[], metavar="SERVICE/PATH", help="GET that is refused with 403"
    )
    mesh.add_argument("services", nargs="*")
    ingress = through.add_parser("ingress", help="read paths through the ingress")
    ingress.add_argument("--url", required=True)
    ingress.add_argument("--host", default="", help="Host header and TLS server name")
    ingress.add_argument("--insecure", action="store_true", help="accept any certificate")
    ingress.add_argument("paths", nargs="+")
    return parser


def main(arguments: Iterable[str] | None = None) -> int:
    """Make the calls; return the exit code."""
    options = _parser().parse_args(None if arguments is None else list(arguments))
    return 1 if run(_calls(options), options.patience) else 0


if __name__ == "__main__":
    sys.exit(main())
