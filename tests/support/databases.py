"""One migrated template database per service, one copy of it per test."""

import asyncio
import itertools

import asyncpg
from bunmart_chassis.migrations import Migrations
from bunmart_dev.postgres import Postgres

_OWNER = "bunmart_test"


class Databases:
    """Makes databases on the server of the test session.

    All belong to one plain login role, so that a statement which needs a superuser fails here as it would in
    production.
    """

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self._admin: asyncpg.Connection[asyncpg.Record] | None = None
        self._templates: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._lock = asyncio.Lock()

    def url(self, name: str) -> str:
        """Where a database is, with the credentials of its owner."""
        return self.server.dsn(name, _OWNER)

    async def service_template(self, package: str) -> str:
        """The name of the database that is migrated to the head of a package (``bunmart_order``)."""
        async with self._lock:
            if package not in self._templates:
                name = f"template_{package.replace('.', '_')}"
                await self.server.ensure_database(name, _OWNER)
                await Migrations(package, self.url(name)).upgrade()
                self._templates[package] = name
            return self._templates[package]

    async def create(self, package: str) -> str:
        """Copy the template of a package; returns the copy's name."""
        template = await self.service_template(package)
        name = f"test_{next(self._numbers)}"
        # Copying files costs a third of copying through the log, on a server that flushes nothing.
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {_OWNER} STRATEGY FILE_COPY")
        return name

    async def create_empty(self, name: str = "") -> str:
        """Make a database without tables; returns its name."""
        name = name or f"test_{next(self._numbers)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER {_OWNER}")
        return name

    async def drop(self, name: str) -> None:
        """Drop a database together with its connections."""
        await self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def close(self) -> None:
        """Close the administrator's connection."""
        if self._admin is not None:
            await self._admin.close()

    async def _execute(self, statement: str) -> None:
        async with self._lock:
            if self._admin is None:
                await self.server.ensure_database("bunmart_test", _OWNER)
                self._admin = await asyncpg.connect(self.server.dsn())
            for attempt in range(50):
                try:
                    await self._admin.execute(statement)
                except asyncpg.ObjectInUseError:
                    # The backend of a connection to the template that was just closed leaves a moment later.
                    await asyncio.sleep(0.02 * (attempt + 1))
                else:
                    return
            raise TimeoutError(f"still in use: {statement}")
