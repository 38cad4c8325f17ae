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
        self._served = False

    async def set(self, *, ready: bool, reason: str = "", logged: bool = True) -> None:
        """Publish a change; a drain is final.

        Args:
            ready: True when the service can serve.
            reason: The reason why it cannot.
            logged: False for an outage of the database, which is in the log already (``Outage``).
        """
        ready = ready and not self._draining
        if logged and (reason != self.reason or ready != self.ready):
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

    async def lose_database(self, error: BaseException) -> None:
        """Say NOT_SERVING because the database does not answer, and note its outage."""
        if self.database is not None:
            self.database.outage.note_failure(error)
        await self.set(ready=False, reason=f"database: {type(error).__name__}", logged=False)

    async def watch(self, stopping: asyncio.Event) -> None:
        """Probe the database every second until the service stops."""
        if self.database is None:
            return
        probe: asyncio.Future[str] | None = None
        while not stopping.is_set():
            if not self._draining:
                probe = probe or asyncio.ensure_future(self.database.execute("SELECT 1"))
                # Not under a timeout: a statement that is given up waits until its server has cancelled it,
                # and one that hangs does not do that either.
                await asyncio.wait({probe}, timeout=_PROBE_SECONDS)
                await self._publish(self.database, probe)
                probe = None if probe.done() else probe
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), CHECK_SECONDS)
        if probe is not None:
            probe.cancel()

    async def _publish(self, database: Database, probe: "asyncio.Future[str]") -> None:
        if not probe.done():
            await self.lose_database(TimeoutError(f"no answer in {_PROBE_SECONDS:.0f} s"))
        elif (error := probe.exception()) is not None:
            await self.lose_database(error)
        else:
            database.outage.note_answer()
            await self.set(ready=True, logged=not self._served)
            self._served = True
