"""Readiness: the database is migrated and reachable.

Peers do not count: otherwise the outage of one service would make all its callers unready as well.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio

from bunmart_chassis.storage import Database
from bunmart_chassis.telemetry import metrics

log = logging.getLogger(__name__)
CHECK_SECONDS = 1.0
_PROBE_SECONDS = 2.0


class Readiness:
    """Watches the database and tells gRPC health, ``/health/ready`` and the metrics.

    Args:
        database: None for a part without one, which is ready as soon as it is started.
        health: The gRPC health servicer.
        names: The gRPC services; ``""`` is added.
    """

    def __init__(
        self, database: Database | None, health: health_aio.HealthServicer, names: Sequence[str]
    ) -> None:
        self.database = database
        self.ready = False
        self.reason = "starting"
        self._health = health
        self._names = ["", *names]
        self._draining = False

    async def set(self, *, ready: bool, reason: str = "") -> None:
        """Publish a change; a drain is final."""
        ready = ready and not self._draining
        if reason != self.reason or ready != self.ready:
            log.info("ready" if ready else "not ready: %s", *([] if ready else [reason]))
        self.ready, self.reason = ready, reason
        metrics.READY.set(ready)
        status = (
            health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for name in self._names:
            await self._health.set(name, status)

    async def drain(self) -> None:
        """NOT_SERVING from now on."""
        self._draining = True
        await self.set(ready=False, reason="draining")

    async def watch(self, stopping: asyncio.Event) -> None:
        """Probe the database every second until the service stops."""
        probe: asyncio.Future[str] | None = None
        while not stopping.is_set():
            if self.database is not None and not self._draining:
                probe = probe or asyncio.ensure_future(self.database.execute("SELECT 1"))
                # Not under a timeout: a statement that is given up waits until its server has cancelled it,
                # and one that hangs does not do that either.
                await asyncio.wait({probe}, timeout=_PROBE_SECONDS)
                await self._publish(probe)
                probe = None if probe.done() else probe
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), CHECK_SECONDS)
        if probe is not None:
            probe.cancel()

    async def _publish(self, probe: "asyncio.Future[str]") -> None:
        if not probe.done():
            await self.set(ready=False, reason="database: does not answer")
        elif (error := probe.exception()) is not None:
            await self.set(ready=False, reason=f"database: {type(error).__name__}")
        else:
            await self.set(ready=True)
