"""Assembles a service from its parts and starts it: REST and gRPC in one event loop."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Iterator

from bunmart_chassis.errors import DATABASE_UNAVAILABLE, from_exception
from bunmart_chassis.identity import AccessGuard, AccessSource, TokenVerifier
from bunmart_chassis.jobs import Worker, held_jobs_controller
from bunmart_chassis.lifecycle.drain import close_pool, finish_in_flight, leave_rotation
from bunmart_chassis.lifecycle.health import health_controller
from bunmart_chassis.lifecycle.http_server import HttpServer, create_http_server
from bunmart_chassis.lifecycle.parts import Parts
from bunmart_chassis.lifecycle.readiness import Readiness
from bunmart_chassis.lifecycle.settings import ServiceSettings
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rest import create_rest_app
from bunmart_chassis.rpc import Peers, UserServiceAccess, create_grpc_server
from bunmart_chassis.storage import Database

log = logging.getLogger(__name__)


class Service:
    """One running service. ``start`` returns when the listeners are open; readiness follows the database.

    Args:
        name: The bare name, ``order``.
        settings: Its settings.
        database: Its pool; None for a part without a database.
        migrations: Its migrations; None likewise.
        peers: Its channels.
        parts: What it brings along.
    """

    def __init__(
        self,
        *,
        name: str,
        settings: ServiceSettings,
        database: Database | None,
        migrations: Migrations | None,
        peers: Peers,
        parts: Parts,
    ) -> None:
        self.name = name
        self.settings = settings
        self.database = database
        self.http_port = settings.http_port
        self.grpc_port = settings.grpc_port
        self._migrations = migrations
        self._peers = peers
        self.parts = parts
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.grpc_server, health = create_grpc_server(
            parts.servicers, database, share_ports=bool(settings.shared_grpc_port)
        )
        self.readiness = Readiness(database, health, [name for name, _ in parts.servicers])
        self.access = AccessGuard(self._access_source())
        self._http = self._create_http()
        self._worker: Worker | None = None

    def _access_source(self) -> AccessSource | None:
        # A part without a database holds nothing: the services that it asks refuse what has ended.
        if self.database is None or not self.settings.check_access:
            return None
        return self.parts.access or UserServiceAccess(self._peers)

    def _create_http(self) -> HttpServer:
        operations = [health_controller(self.readiness)]
        if self.database is not None:
            operations.append(held_jobs_controller(self.name, self.database))
        settings = self.settings
        verifier = TokenVerifier(
            settings.jwks_file, issuer=settings.jwt_issuer, audience=settings.jwt_audience
        )
        app = create_rest_app(
            service=self.name,
            controllers=[*operations, *self.parts.controllers],
            dependencies=self.parts.dependencies,
            verifier=verifier,
            access=self.access,
            database=self.database,
        )
        return create_http_server(app, grace_seconds=settings.grace_seconds)

    async def start(self) -> None:
        """Open the listeners, then connect, migrate and become ready in the background.

        Raises:
            OSError: A port is taken.
        """
        await self.readiness.set(ready=False, reason="starting")
        with contextlib.ExitStack() as opened:
            listeners = [opened.enter_context(each) for each in self._listen_http()]
            self.http_port = listeners[0].getsockname()[1]
            self.grpc_port = self._listen_grpc(self.settings.grpc_port)
            if self.settings.shared_grpc_port:
                self._listen_grpc(self.settings.shared_grpc_port)
            opened.pop_all()
        await self.grpc_server.start()
        self._spawn(self._http.serve(sockets=listeners))
        self._spawn(self._become_ready())
        self._spawn(self.access.keep_learning(self._stopping, seconds=self.settings.access_poll_seconds))
        log.info("listening: REST %s, gRPC %s", self.http_port, self.grpc_port)

    def _listen_http(self) -> Iterator[socket.socket]:
        settings = self.settings
        yield _listen(settings.http_host, settings.http_port)
        if settings.shared_http_port:
            yield _listen(settings.http_host, settings.shared_http_port, share=True)

    def _listen_grpc(self, port: int) -> int:
        try:
            return self.grpc_server.add_insecure_port(f"{self.settings.grpc_host}:{port}")
        except RuntimeError as error:
            raise OSError(f"cannot listen on gRPC port {port}: {error}") from error

    async def _become_ready(self) -> None:
        if self.database is None:
            if self.parts.on_ready is not None:
                await self.parts.on_ready()
            await self.readiness.set(ready=True)
            return
        await self._connect(self.database)
        if self._stopping.is_set():
            return
        self._worker = Worker(
            self.settings.database_url, self.parts.jobs, name=self.name, outage=self.database.outage
        )
        self._spawn(self._worker.run())
        await self.readiness.watch(self._stopping)

    async def _connect(self, database: Database) -> None:
        """Connect and migrate, as often as it takes."""
        while not self._stopping.is_set():
            try:
                await database.pool
                if self._migrations is not None:
                    await self._migrate(self._migrations, database)
                if self.parts.on_ready is not None:
                    await self.parts.on_ready()
            except Exception as error:  # noqa: BLE001 - a database that is not there yet is the normal start
                if from_exception(error).code == DATABASE_UNAVAILABLE:
                    await self.readiness.lose_database(error)
                else:
                    await self.readiness.set(ready=False, reason=f"database: {type(error).__name__}: {error}")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), 0.3)
            else:
                return

    async def _migrate(self, migrations: Migrations, database: Database) -> None:
        # Looking first keeps alembic, 25 MiB and a third of a second, out of every start but the first.
        if self.settings.migrate_on_start and not await migrations.is_current(database):
            await migrations.upgrade()
        await migrations.require_current(database)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._on_task_done)
        self._tasks.append(task)

    def _on_task_done(self, task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and task.exception() is not None and not self._stopping.is_set():
            log.error("a part of the service ended", exc_info=task.exception())
            self._stopping.set()

    async def stop(self) -> None:
        """Drain: leave the callers' rotation, finish what is in flight, close clients and pool."""
        await leave_rotation(self.readiness, self.settings.drain_seconds)
        self._stopping.set()
        await finish_in_flight(
            http=self._http,
            rpc=self.grpc_server,
            worker=self._worker,
            tasks=self._tasks,
            grace_seconds=self.settings.grace_seconds,
        )
        if self.parts.on_stop is not None:
            await self.parts.on_stop()
        await self._peers.close()
        if self.database is not None:
            await close_pool(self.database)

    async def run(self) -> None:
        """Start, serve until SIGTERM or SIGINT, drain."""
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        await self.start()
        waiting = [asyncio.ensure_future(asked.wait()), asyncio.ensure_future(self._stopping.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        crashed = self._stopping.is_set()
        for task in waiting:
            task.cancel()
        log.info("stopping")
        await self.stop()
        if crashed:
            raise SystemExit(1)


def _listen(host: str, port: int, *, share: bool = False) -> socket.socket:
    listener = socket.create_server((host, port), reuse_port=share)
    # Accepted sockets inherit it; without it a small answer waits 40 ms for the client's ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
