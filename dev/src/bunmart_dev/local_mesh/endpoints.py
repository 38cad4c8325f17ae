"""The present ports of the applications, in the files that their sidecars watch."""

import asyncio
import contextlib
from pathlib import Path

import httpx
from bunmart_mesh.render.envoy.eds import endpoints, endpoints_file
from bunmart_mesh.render.envoy.placement import LOOPBACK, Address
from bunmart_mesh.render.envoy.upstreams import APP_GRPC_CLUSTER, APP_HTTP_CLUSTER

from bunmart_dev.local_mesh.to_yaml import to_yaml
from bunmart_dev.ports import RunPorts
from bunmart_dev.private_files import write_private

_SEEN_SECONDS = 3.0
_WORKER_SECONDS = 0.05
"""For Envoy's worker thread to learn what its main thread, which we ask, knows already."""


def write_endpoints(folder: Path, part: str, ports: RunPorts) -> None:
    """Say where the application of a part listens; a running sidecar turns to it.

    Args:
        folder: Of all parts.
        part: ``order``.
        ports: Of the run that listens.
    """
    for cluster, port in ((APP_HTTP_CLUSTER, ports.http), (APP_GRPC_CLUSTER, ports.grpc)):
        content = to_yaml(endpoints(cluster, Address(LOOPBACK, port)))
        write_private(folder / part / endpoints_file(cluster), content.encode())


async def wait_until_seen(admin: int, ports: RunPorts, *, grpc: bool) -> None:
    """Wait until a sidecar sends its requests to these ports and no others.

    A sidecar that does not run reads the files when it starts: it is not waited for.

    Args:
        admin: The port of Envoy's admin interface.
        ports: Of the run that listens.
        grpc: Tell whether the sidecar leads to gRPC too.
    """
    wanted = {(APP_HTTP_CLUSTER, str(ports.http))} | (
        {(APP_GRPC_CLUSTER, str(ports.grpc))} if grpc else set()
    )
    with contextlib.suppress(httpx.TransportError, TimeoutError):
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(_SEEN_SECONDS):
            url = f"http://{LOOPBACK}:{admin}/clusters"
            while _addresses((await client.get(url)).text) != wanted:  # noqa: ASYNC110 - Envoy has no events
                await asyncio.sleep(0.02)
            await asyncio.sleep(_WORKER_SECONDS)


def _addresses(clusters: str) -> set[tuple[str, str]]:
    """Read lines such as ``app-http::127.0.0.1:21045::cx_active::1``."""
    found = set()
    for line in clusters.splitlines():
        cluster, _, rest = line.partition("::")
        if cluster in {APP_HTTP_CLUSTER, APP_GRPC_CLUSTER} and rest.startswith(f"{LOOPBACK}:"):
            found.add((cluster, rest.removeprefix(f"{LOOPBACK}:").partition("::")[0]))
    return found
