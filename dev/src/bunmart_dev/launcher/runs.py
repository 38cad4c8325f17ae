"""The runs of a service that take turns: each with ports of its own, to which the sidecar turns."""

import os
from collections.abc import Mapping
from pathlib import Path

from bunmart_dev.forkserver import ForkedProcess, Forkserver
from bunmart_dev.launcher.parts import Run, local
from bunmart_dev.launcher.settings import SERVICES, Settings
from bunmart_dev.local_mesh.endpoints import wait_until_seen, write_endpoints


def readiness(port: int) -> str:
    """Return the probe of an application that serves REST on a port."""
    return f"http://{local(port)}/health/ready"


def runs_of(
    settings: Settings, forkserver: Forkserver, name: str, environment: Mapping[str, str], log_file: Path
) -> tuple[Run, Run]:
    """Return the two runs of an application.

    The ports of the table, which people use, belong to both. The sidecar knows those of one run at a
    time.

    Args:
        settings: The launcher's settings.
        forkserver: What starts them.
        name: ``order``.
        environment: As for a service that is started once.
        log_file: Of both.
    """
    first, second = (_run(settings, forkserver, name, environment, log_file, number) for number in (0, 1))
    return first, second


def _run(
    settings: Settings,
    forkserver: Forkserver,
    name: str,
    environment: Mapping[str, str],
    log_file: Path,
    number: int,
) -> Run:
    ports = settings.ports.of(name)
    run = ports.runs[number]
    of_run = {
        "BUNMART_HTTP_PORT": str(run.http),
        "BUNMART_GRPC_PORT": str(run.grpc),
        "BUNMART_SHARED_HTTP_PORT": str(ports.http),
        "BUNMART_SHARED_GRPC_PORT": str(ports.grpc),
        # When a run is stopped, the sidecar sends it nothing any more.
        "BUNMART_DRAIN_SECONDS": "0",
    }

    async def start() -> ForkedProcess:
        return await forkserver.start(f"bunmart_{name}", {**os.environ, **environment, **of_run}, log_file)

    async def take_over() -> None:
        write_endpoints(settings.endpoints, name, run)
        await wait_until_seen(ports.admin, run, grpc=name in SERVICES)

    return Run(start, readiness(run.http), take_over)
