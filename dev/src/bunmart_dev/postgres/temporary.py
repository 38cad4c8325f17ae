"""A server for the length of a test session."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from bunmart_dev.postgres.orphans import end_orphan
from bunmart_dev.postgres.server import Mode, Postgres

_PREFIX = "bunmart-postgres-"


@contextlib.contextmanager
def temporary(max_connections: int = 100) -> Iterator[Postgres]:
    """Start a test server in memory-backed storage where there is some, and remove it afterwards.

    Args:
        max_connections: As PostgreSQL's setting.
    """
    shared_memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    root = shared_memory if os.access(shared_memory, os.W_OK) else Path(tempfile.gettempdir())
    _remove_left_over(root)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))
    folder.chmod(0o755)
    server = Postgres(folder, mode=Mode.test, max_connections=max_connections)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_over(root: Path) -> None:
    for folder in root.glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).split("-", 1)[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)) and folder.stat().st_uid == os.geteuid():
            end_orphan(folder / "data")
            shutil.rmtree(folder, ignore_errors=True)
