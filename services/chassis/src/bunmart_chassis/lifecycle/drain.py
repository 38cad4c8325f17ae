"""The drain of a service: callers leave first, then the listeners close, then what is in flight ends.

A pod that is deleted gets SIGTERM while its callers still send to it. A service that closed its listeners
at once would refuse the requests that they send before their health checks have seen the change
(docs/services.md, "Stopping").
"""

import asyncio
from collections.abc import Sequence

import grpc

from bunmart_chassis.jobs import Worker
from bunmart_chassis.lifecycle.http_server import HttpServer
from bunmart_chassis.lifecycle.readiness import Readiness
from bunmart_chassis.storage import Database

_CLOSE_SECONDS = 2.0


async def leave_rotation(readiness: Readiness, seconds: float) -> None:
    """Say NOT_SERVING and wait until the callers' health checks have seen it.

    Args:
        readiness: Tells gRPC health and ``/health/ready``.
        seconds: ``drain_seconds`` of the settings.
    """
    await readiness.drain()
    await asyncio.sleep(seconds)


async def finish_in_flight(
    *,
    http: HttpServer,
    rpc: grpc.aio.Server,
    worker: Worker | None,
    tasks: Sequence["asyncio.Task[None]"],
    grace_seconds: float,
) -> None:
    """Close the listeners and let calls over REST and gRPC and jobs end.

    REST, gRPC and jobs have the same grace at the same time, because the pod's termination grace contains it
    once. Calls and jobs that still run after it are cancelled.
    """
    http.stop()
    if worker is not None:
        worker.stop()
    await asyncio.gather(rpc.stop(grace_seconds), _finish(tasks, grace_seconds + 1))


async def _finish(tasks: Sequence["asyncio.Task[None]"], seconds: float) -> None:
    if not tasks:
        return
    _, pending = await asyncio.wait(tasks, timeout=seconds)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


async def close_pool(database: Database) -> None:
    """Close the pool; connections that hang are cut."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await database.close()
    except Exception:  # noqa: BLE001 - the process ends, whatever the database does
        database.terminate()
