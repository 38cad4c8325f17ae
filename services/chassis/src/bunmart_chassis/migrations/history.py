"""The migrations of one service (alembic): its history is in its own package."""

import asyncio
import importlib
import logging
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import sqlalchemy as sa

from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.storage import Database

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
"""The patterns of constraint names, so that a migration can name the constraint that it drops."""
_LOCK = 0x62756E6D  # replicas that start together migrate one after the other
_LOCK_TIMEOUT_SECONDS = 2
_LOCK_PAUSE_SECONDS = 1
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
        """Return True when the schema is at the head or further: a newer release may have migrated already."""
        try:
            record = await database.fetchrow(_REVISION)
        except asyncpg.UndefinedTableError:
            return False
        return record is not None and record[0] >= self.head

    async def require_current(self, database: Database) -> None:
        """Refuse to work on a schema that is older than this release (UNAVAILABLE until it is migrated)."""
        if not await self.is_current(database):
            raise UnavailableError(f"the schema is not at revision {self.head} yet")

    async def upgrade(self) -> None:
        """Migrate to the head, one process at a time.

        When there is nothing to do, it only reads the revision. A schema that a newer release has
        migrated is left alone, so that a release can be rolled back: migrations only add what the release before
        can live with.
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

        A statement that waits for a lock on a table makes every later statement on that table wait too, even a read
        (https://www.postgresql.org/docs/current/explicit-locking.html). The migration therefore waits two seconds
        at most, lets the others run, and tries again.
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

        command.upgrade(self.config(connection), "head")

    def write_revision(self, connection: sa.Connection, title: str) -> None:
        """Write ``NNNN_title.py`` from the difference between models and database."""
        from alembic import command  # noqa: PLC0415

        versions = self.folder / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        number = len(list(versions.glob("[0-9]*.py"))) + 1
        command.revision(self.config(connection), title, autogenerate=True, rev_id=f"{number:04d}")

    def check(self, connection: sa.Connection) -> None:
        """Raise when the models and the migrated database differ."""
        from alembic import command  # noqa: PLC0415

        command.check(self.config(connection))

    def config(self, connection: sa.Connection) -> Any:
        """Return the configuration with which alembic's commands act on a connection (``alembic.config.Config``)."""
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
