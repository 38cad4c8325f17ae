"""The command line of the migrations, run by the migration Job and by ``make migration``."""

import argparse
import asyncio
import logging
import os
import signal
import sys

from bunmart_chassis.migrations.history import Migrations
from bunmart_chassis.migrations.waiting import NO_DATABASE, wait_for_database
from bunmart_chassis.telemetry import configure_logging

log = logging.getLogger(__name__)


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
    # The first process of a container ignores SIGTERM unless it has a handler. An open migration is rolled back.
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
