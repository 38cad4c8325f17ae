"""``python -m bunmart_chassis.reload FOLDER…``: run the service, anew whenever a Python file below changes.

For development images. A run is a fork of a process that has imported the libraries and none of our code:
importing them again would be most of the time from an edit to its answer. It ends as a pod does, on SIGTERM.
"""

import multiprocessing
import runpy
import signal
import sys
from multiprocessing.context import ForkServerProcess

from watchfiles import PythonFilter, watch

LIBRARIES = (
    "asyncpg",
    "grpc.aio",
    "grpc_health.v1.health",
    "grpc_reflection.v1alpha.reflection",
    "grpc_status.rpc_status",
    "jwt",
    "litestar",
    "litestar.openapi.plugins",
    "opentelemetry.sdk.trace.export",
    "pgqueuer.adapters.persistence.qb",
    "prometheus_client",
    "pydantic_settings",
    "pythonjsonlogger.json",
    "sqlalchemy.dialects.postgresql",
    "sqlmodel",
    "uvicorn",
    "uvloop",
)
"""The libraries that the chassis imports. Each run imports those that only its own service uses."""


_DRAIN_SECONDS = 30


def run_service() -> None:
    """One run, as ``python -m bunmart_chassis``."""
    runpy.run_module("bunmart_chassis", run_name="__main__", alter_sys=True)


def start() -> ForkServerProcess:
    """Begin a run."""
    process = multiprocessing.get_context("forkserver").Process(target=run_service)
    process.start()
    return process


def stop(process: ForkServerProcess) -> None:
    """Let a run drain; one that crashed has ended already."""
    process.terminate()
    process.join(_DRAIN_SECONDS)
    process.kill()
    process.join()


def main() -> None:
    """Run and watch until SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    multiprocessing.set_forkserver_preload(list(LIBRARIES))
    process = start()
    try:
        for _ in watch(*sys.argv[1:], watch_filter=PythonFilter(), raise_interrupt=False):
            stop(process)
            process = start()
    finally:
        stop(process)


if __name__ == "__main__":
    main()
