"""A real service in the loop of the test, on free ports, against a database of its own."""

import asyncio
import ssl
import time
from collections.abc import Callable
from importlib import import_module, resources
from typing import Any, TypeVar

import grpc
import httpx
from bunmart_chassis.lifecycle import Service, ServiceSettings
from bunmart_chassis.storage import Database

from tests.support import outbox
from tests.support.databases import Databases
from tests.support.peers import FakePeers
from tests.support.tokens import Tokens

READY_SECONDS = 20.0
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Clients of plain HTTP need none, and reading the usual ones for each took a fifth of a start."""
Stub = TypeVar("Stub")
UseCases = TypeVar("UseCases")


class ServiceHarness:
    """One running service.

    Attributes:
        service: The service itself.
        settings: What it was started with.
        http: A client of its REST port.
        channel: A channel to its gRPC port.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.settings: ServiceSettings = service.settings
        url = f"http://127.0.0.1:{service.http_port}"
        self.http = httpx.AsyncClient(base_url=url, timeout=15, verify=NO_AUTHORITIES)
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{service.grpc_port}")
        self._stopped = False

    @property
    def database(self) -> Database:
        """Its database, for use cases and for assertions (``fetch``, ``fetchrow``, ``execute``)."""
        assert self.service.database is not None, "this service has no database"
        return self.service.database

    @property
    def url(self) -> str:
        """Its database's URL; ``start_service(..., database_url=…)`` starts a second replica on it."""
        return self.settings.database_url

    def use_cases(self, kind: type[UseCases]) -> UseCases:
        """Its use cases of a class, as its controllers and jobs have them; for what only a schedule calls."""
        found = [each for each in self.service.parts.dependencies.values() if isinstance(each, kind)]
        assert len(found) == 1, kind
        return found[0]

    def stub(self, kind: Callable[[grpc.aio.Channel], Stub]) -> Stub:
        """A generated stub on its gRPC port."""
        return kind(self.channel)

    async def settle(self, *, retries: bool = True, timeout: float = 10) -> None:  # noqa: ASYNC109
        """Wait until the outbox has no job that is due. Jobs with a delay stay where they are.

        Args:
            retries: Also bring jobs to their end that failed and wait to be tried again, without the
                backoff between; False leaves them waiting.
            timeout: In seconds.

        Raises:
            HeldJobError: A job failed for good.
            OutboxBusyError: It did not come to rest.
        """
        await outbox.settle(self.database, retries=retries, timeout=timeout)

    async def run_delayed(self, job: str | None = None) -> None:
        """Make delayed jobs due now (those of one name, or all) and settle."""
        await outbox.make_due(self.database, job)
        await self.settle()

    async def stop(self) -> None:
        """Drain and stop; the database stays for assertions through another connection."""
        if not self._stopped:
            self._stopped = True
            await self.service.stop()
            await self.http.aclose()
            await self.channel.close()

    async def until_ready(self) -> None:
        """Wait until it is ready; a service that does not become so is a TimeoutError with its reason."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.service.readiness.ready:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.service.name} is not ready: {self.service.readiness.reason}")
            await asyncio.sleep(0.005)


class StartService:
    """The fixture ``start_service``: starts services, stops them and drops their databases after the test."""

    def __init__(self, databases: Databases, peers: FakePeers, tokens: Tokens) -> None:
        self._databases = databases
        self._peers = peers
        self._tokens = tokens
        self._running: list[ServiceHarness] = []
        self._names: list[str] = []

    async def __call__(self, name: str, *, wait: bool = True, **settings: Any) -> ServiceHarness:
        """Start a service.

        Args:
            name: ``order`` for the package ``bunmart_order``; a dotted name is a package itself. The package
                has ``__main__.build(settings)`` and ``settings.Settings``.
            wait: Return when it is ready; False as soon as it listens.
            settings: Fields of its settings; the usual ones point at the test's database, peers and keys.
        """
        package = name if "." in name else f"bunmart_{name}"
        kind: type[ServiceSettings] = import_module(f"{package}.settings").Settings
        unknown = settings.keys() - kind.model_fields.keys()
        assert not unknown, f"{kind.__module__} has no setting {unknown}"
        defaults = {
            "http_port": 0,
            "grpc_port": 0,
            "drain_seconds": 0,
            "grace_seconds": 1,
            "jwks_file": self._tokens.jwks_file,
            "check_access": False,
            "peer_target": self._peers.target,
        }
        if "database_url" not in settings and (resources.files(package) / "migrations").is_dir():
            database = await self._databases.create(package)
            self._names.append(database)
            defaults["database_url"] = self._databases.url(database)
        service: Service = import_module(f"{package}.__main__").build(kind(**{**defaults, **settings}))
        await service.start()
        harness = ServiceHarness(service)
        self._running.append(harness)
        if wait:
            await harness.until_ready()
        return harness

    async def clean_up(self) -> None:
        """Stop all services and drop their databases."""
        for harness in reversed(self._running):
            await harness.stop()
        for name in self._names:
            await self._databases.drop(name)
