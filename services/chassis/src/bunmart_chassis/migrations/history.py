"""Schema migrations (alembic), one history per service, in its own package.

``python -m bunmart_chassis.migrations upgrade order`` is what the migration Job runs; ``revision order
"title"`` writes a new migration from the difference between ``models.py`` and the database.
"""

import argparse
import asyncio
import importlib
import logging
import os
import signal
import sys
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import sqlalchemy as sa

from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.storage.database import Database
from bunmart_chassis.telemetry.logs import configure_logging

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names, so that a migration can name what it drops."""
_LOCK = 0x62756E6D  # replicas that start together migrate one after the other
_RETRY_SECONDS = 0.5
_LOCK_TIMEOUT_SECONDS = 2
_LOCK_PAUSE_SECONDS = 1
NO_DATABASE = (OSError, asyncpg.PostgresError, TimeoutError)
"""What connecting raises while there is no server, or no role and database on it."""
_REVISION = "SELECT version_num FROM alembic_version"


class Migrations:
    """The migrations of one service.

    Args:
        package: ``bunmart_order``; with ``METADATA`` in ``models.py`` and its history in
            ``migrations/versions``.
        url: ``postgresql://…`` of the role that owns the schema.
    """

    def __init__(self, package: str, url: str) -> None:
        self._package = package
        self.dsn = url
        self.folder = Path(str(resources.files(package))) / "migrations"

    @property
    def head(self) -> str:
        """The newest revision: files are named ``NNNN_title.py`` and the number is the revision."""
        return max(path.name[:4] for path in (self.folder / "versions").glob("[0-9]*.py"))

    async def is_current(self, database: Database) -> bool:
        """Whether the schema is at the head, or further: a newer release may have migrated already."""
        try:
            record = await database.fetchrow(_REVISION)
        except asyncpg.UndefinedTableError:
            return False
        return record is not None and record[0] >= self.head

    async def require_current(self, database: Database) -> None:
        """Refuse to work on a schema that is not ours (UNAVAILABLE until somebody has migrated)."""
        if not await self.is_current(database):
            raise UnavailableError(f"the schema is not at revision {self.head} yet")

    async def upgrade(self) -> None:
        """Migrate to the head, one process at a time.

        Nothing to do is quick. A schema that a newer release has migrated is left alone, so that a release
        can be rolled back: migrations only add what the release before can live with.
        """
        engine = self.engine()
        try:
            async with engine.connect() as connection:
                await connection.execute(sa.text(f"SELECT pg_advisory_lock({_LOCK})"))
                await connection.commit()
                try:
                    if await self._is_current(connection):
                        return
                    await self._upgrade_between_users(connection)
                    log.info("migrated to %s", self.head)
                finally:
                    await connection.rollback()
                    await connection.execute(sa.text(f"SELECT pg_advisory_unlock({_LOCK})"))
        finally:
            await engine.dispose()

    async def _upgrade_between_users(self, connection: "AsyncConnection") -> None:
        """Migrate in one transaction, as often as it takes to find no table in use.

        A statement that waits for a table stops everybody who comes after it, readers too, until the one
        before it is done (https://www.postgresql.org/docs/current/explicit-locking.html). It therefore waits
        two seconds at most and lets them pass before it asks again.
        """
        from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - as alembic

        while True:
            try:
                await connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT_SECONDS}s'"))
                await connection.run_sync(self._upgrade)
                await connection.commit()
            except DBAPIError as error:
                await connection.rollback()
                if getattr(error.orig, "sqlstate", None) != asyncpg.LockNotAvailableError.sqlstate:
                    raise
                log.warning("a table is in use; the migration lets its users pass and tries again")
                await asyncio.sleep(_LOCK_PAUSE_SECONDS)
            else:
                return

    def engine(self) -> "AsyncEngine":
        """SQLAlchemy's connections; asyncpg reads the DSN, with ``sslmode`` and all, as in the service."""
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - as alembic

        return create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(self.dsn), poolclass=sa.NullPool
        )

    async def _is_current(self, connection: Any) -> bool:
        exists = await connection.scalar(sa.text("SELECT to_regclass('alembic_version')"))
        if exists is None:
            return False
        revision: str | None = await connection.scalar(sa.text(_REVISION))
        return revision is not None and revision >= self.head

    def _upgrade(self, connection: sa.Connection) -> None:
        from alembic import command  # noqa: PLC0415 - only a process that migrates pays for the import

        command.upgrade(self._config(connection), "head")

    def write_revision(self, connection: sa.Connection, title: str) -> None:
        """Write ``NNNN_title.py`` from the difference between models and database."""
        from alembic import command  # noqa: PLC0415

        versions = self.folder / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        number = len(list(versions.glob("[0-9]*.py"))) + 1
        command.revision(self._config(connection), title, autogenerate=True, rev_id=f"{number:04d}")

    def check(self, connection: sa.Connection) -> None:
        """Raise when the models and the migrated database differ."""
        from alembic import command  # noqa: PLC0415

        command.check(self._config(connection))

    def _config(self, connection: sa.Connection) -> Any:
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option(
            "script_location", str(resources.files("bunmart_chassis.migrations") / "alembic_env")
        )
        config.set_main_option("version_locations", str(self.folder / "versions"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes["connection"] = connection
        config.attributes["metadata"] = importlib.import_module(f"{self._package}.models").METADATA
        return config


async def wait_for_database(url: str, seconds: float) -> None:
    """Try to connect until it works.

    Args:
        url: ``postgresql://…``.
        seconds: How long.

    Raises:
        OSError: Nobody answers at that address.
        asyncpg.PostgresError: The server refuses; it may still be starting, or the role may not be made yet.
        TimeoutError: The server does not answer.
    """
    deadline = time.monotonic() + seconds
    said = ""
    while True:
        try:
            await (await asyncpg.connect(url, timeout=5)).close()
        except NO_DATABASE as error:
            if time.monotonic() > deadline:
                raise
            reason = f"{type(error).__name__}: {error}"
            if reason != said:
                log.info("waiting for the database: %s", reason)
                said = reason
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


def install_outbox() -> None:
    """Create pgqueuer's tables; for a service's first migration."""
    from alembic import op  # noqa: PLC0415

    sql = (resources.files("bunmart_chassis.migrations") / "sql" / "pgqueuer_1_6.sql").read_text()
    raw = cast("Any", op.get_bind().connection.dbapi_connection)
    raw.run_async(lambda connection: connection.execute(sql))


def remove_outbox() -> None:
    """Drop what ``install_outbox`` made."""
    from alembic import op  # noqa: PLC0415

    op.execute("DROP TABLE pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics")
    op.execute("DROP FUNCTION fn_pgqueuer_changed")
    op.execute("DROP TYPE pgqueuer_status")


def main() -> int:
    """Command line: ``upgrade``, ``check`` or ``revision`` for one service; returns the exit code.

    ``upgrade`` waits for a database that is not there yet, as in a cluster where both start at once.
    """
    parser = argparse.ArgumentParser(description="Schema migrations of one service")
    parser.add_argument("action", choices=["upgrade", "check", "revision"])
    parser.add_argument("service")
    parser.add_argument("title", nargs="?", default="change")
    parser.add_argument(
        "--wait", type=float, default=300, metavar="SECONDS", help="for the database (%(default)s)"
    )
    arguments = parser.parse_args()
    configure_logging(f"{arguments.service}-migrate", "INFO")
    # As the first process of a container it would not end on SIGTERM; what is open is rolled back.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    url = os.environ.get("BUNMART_DATABASE_URL", "")
    if not url:
        parser.error("BUNMART_DATABASE_URL is not set")
    migrations = Migrations(f"bunmart_{arguments.service}", url)
    try:
        asyncio.run(_act(migrations, arguments.action, arguments.title, arguments.wait))
    except NO_DATABASE as error:
        log.error("the database does not answer: %s: %s", type(error).__name__, error)  # noqa: TRY400
        return 1
    return 0


async def _act(migrations: Migrations, action: str, title: str, wait: float) -> None:
    await wait_for_database(migrations.dsn, wait)
    if action == "upgrade" or any(migrations.folder.glob("versions/[0-9]*.py")):
        await migrations.upgrade()
    if action == "upgrade":
        log.info("the schema is at revision %s or newer", migrations.head)
        return
    engine = migrations.engine()
    async with engine.connect() as connection:
        if action == "check":
            await connection.run_sync(migrations.check)
        else:
            await connection.run_sync(migrations.write_revision, title)
    await engine.dispose()
