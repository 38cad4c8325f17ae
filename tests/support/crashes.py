"""A Postgres server that a test kills and starts again.

The server belongs to a process of its own (this module as a program): a fork of the test's process, in which
gRPC runs, would crash now and then.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
from bunmart_dev.postgres import Mode, Postgres, temporary

from tests.support.databases import Databases


class CrashingServer:
    """A server with one migrated database, whose commits outlive a SIGKILL.

    Attributes:
        url: The database.
    """

    def __init__(self, owner: Process, url: str) -> None:
        self._owner = owner
        self.url = url

    async def kill(self) -> None:
        """Kill the server with SIGKILL; its connections break a moment later."""
        await _tell(self._owner, "kill")

    async def start(self) -> None:
        """Start it again; it recovers what was committed."""
        await _tell(self._owner, "start")

    async def kill_connection(self, application: str) -> bool:
        """Kill the process of one connection with SIGKILL: the server cuts all others and recovers.

        Args:
            application: The connection's ``application_name``.

        Returns:
            False when there is no such connection.
        """
        async with self.connection() as connection:
            pid = await connection.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE application_name = $1 LIMIT 1", application
            )
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid is not None

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Connect beside the service."""
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            connection.terminate()


@contextlib.asynccontextmanager
async def crashing_server(package: str) -> AsyncIterator[CrashingServer]:
    """Start a server with the database of a package (``bunmart_order``)."""
    owner = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=PIPE, stdout=PIPE)
    assert owner.stdout is not None
    folder, port = (await owner.stdout.readline()).decode().split()
    server = Postgres(Path(folder), mode=Mode.test)
    server.port = int(port)
    databases = Databases(server)
    name = await databases.create(package)
    await databases.close()
    # The test server loses the last commits when it is killed, unless it writes them before it answers.
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    await admin.close()
    yield CrashingServer(owner, databases.url(name))
    await owner.communicate(b"")


async def _tell(owner: Process, command: str) -> None:
    assert owner.stdin is not None
    assert owner.stdout is not None
    owner.stdin.write(f"{command}\n".encode())
    done = (await owner.stdout.readline()).decode().strip()
    assert done == command, f"the server could not {command}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Own a server: obey ``kill`` and ``start`` on standard input until its end."""
    with temporary() as server:
        _say(f"{server.folder} {server.port}")
        for line in sys.stdin:
            command = line.strip()
            if command == "start":
                server.start()
            elif server.process is not None:
                server.process.kill()
                server.process.wait()
            _say(command)


if __name__ == "__main__":
    main()
