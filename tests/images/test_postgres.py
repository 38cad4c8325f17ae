"""What the Postgres image starts: a database of its own making, and then PostgreSQL itself."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from bunmart_dev.free_ports import free_port
from bunmart_dev.postgres import container
from bunmart_dev.postgres.account import choose_account
from bunmart_dev.postgres.binaries import find_binaries
from bunmart_dev.postgres.container import StartError, initialise

from tests.support import until

PASSWORD = "a passw'ord"


class Volume:
    """A folder in which the image keeps its data, and the containers on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        binaries = find_binaries()
        self.account = choose_account(binaries, folder)
        self.account.give(folder)
        self.environment = {
            **os.environ,
            "PATH": f"{binaries.folder}{os.pathsep}{os.environ['PATH']}",
            "PGDATA": str(self.data),
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.account.prefix, sys.executable, container.__file__, *arguments],
            env={**self.environment, **environment},
            stderr=subprocess.PIPE,
            text=True,
            **self.account.popen_arguments(),
        )

    @contextmanager
    def running(self, **environment: str) -> Iterator[subprocess.Popen[str]]:
        process = self.start("-c", f"port={self.port}", "-c", "max_connections=17", **environment)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    @asynccontextmanager
    async def connected(self, password: str = PASSWORD) -> AsyncIterator[asyncpg.Connection]:
        """A session, as soon as the server takes one."""
        connection = await self.connect(password)
        yield connection
        await connection.close()

    async def connect(self, password: str) -> asyncpg.Connection:
        deadline = time.monotonic() + 30
        while True:
            try:
                return await asyncpg.connect(
                    host="127.0.0.1", port=self.port, user="postgres", password=password, database="postgres"
                )
            except (ConnectionRefusedError, asyncpg.CannotConnectNowError):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


async def test_it_starts_with_the_password_of_a_file_and_keeps_its_rows(volume: Volume) -> None:
    secret = volume.folder / "password"
    secret.write_text(f"{PASSWORD}\n")
    secret.chmod(0o644)
    with volume.running(POSTGRES_PASSWORD_FILE=str(secret)) as process:
        async with volume.connected() as session:
            assert await session.fetchval("SHOW max_connections") == "17"
            assert await session.fetchval("SHOW listen_addresses") == "*"
            assert await session.fetchval("SHOW server_encoding") == "UTF8"
            assert await session.fetchval("SELECT datlocale FROM pg_database LIMIT 1") == "C.UTF-8"
            await session.execute("CREATE TABLE kept AS SELECT 7 AS value")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await volume.connect("another")

        stopped = volume.connected()
        await stopped.__aenter__()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0

    with volume.running():
        async with volume.connected() as session:
            assert await session.fetchval("SELECT value FROM kept") == 7


async def test_an_initdb_that_was_killed_is_begun_anew(volume: Volume) -> None:
    fresh = volume.data.with_name("data.new")
    with volume.running(POSTGRES_PASSWORD=PASSWORD) as process:
        await until((fresh / "base").exists)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    assert not volume.data.exists()

    with volume.running(POSTGRES_PASSWORD=PASSWORD):
        async with volume.connected() as session:
            assert await session.fetchval("SELECT 1") == 1
    assert not fresh.exists()


async def test_it_ends_at_once_while_it_initialises(volume: Volume) -> None:
    fresh = volume.data.with_name("data.new")
    with volume.running(POSTGRES_PASSWORD=PASSWORD) as process:
        await until(fresh.exists)

        process.terminate()

        assert process.wait(5) == 128 + signal.SIGTERM
        assert not volume.data.exists()


def test_no_password_is_an_error_and_no_default(volume: Volume) -> None:
    process = volume.start()

    _, said = process.communicate(timeout=20)

    assert process.returncode == 1
    assert said.startswith("PostgreSQL cannot start: Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE")
    assert not volume.data.exists()


def test_a_folder_with_foreign_files_is_left_alone(volume: Volume) -> None:
    volume.data.mkdir()
    (volume.data / "mine").write_text("precious")
    volume.account.give(volume.data)
    process = volume.start(POSTGRES_PASSWORD=PASSWORD)

    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "not empty" in said
    assert (volume.data / "mine").read_text() == "precious"


def test_the_root_of_a_volume_is_refused_because_it_cannot_be_renamed() -> None:
    with pytest.raises(StartError, match="/proc/pgdata for example"):
        initialise(Path("/proc"), PASSWORD)
