"""The embedded server: rows stay, strangers stay out, a crash loses nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from bunmart_dev.postgres import Mode, Postgres, PostgresError, temporary
from bunmart_dev.postgres.account import choose_account
from bunmart_dev.postgres.binaries import find_binaries

from tests.dev.process_support import has_ended
from tests.support import until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"), mode=Mode.durable)
    server.start()
    yield server
    server.stop()


async def _write(dsn: str, value: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
    await connection.execute("INSERT INTO kept VALUES ($1)", value)
    await connection.close()


async def _read(dsn: str) -> list[int]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT value FROM kept ORDER BY value")
    await connection.close()
    return [row["value"] for row in rows]


async def test_rows_survive_a_restart(server: Postgres) -> None:
    dsn = await server.ensure_database("bunmart_restart")
    await _write(dsn, 1)

    await server.stop_async()
    await server.start_async()

    assert await server.ensure_database("bunmart_restart") == dsn
    assert await _read(dsn) == [1]


async def test_committed_rows_survive_a_killed_server(server: Postgres) -> None:
    dsn = await server.ensure_database("bunmart_killed")
    for value in range(20):
        await _write(dsn, value)

    assert server.process
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    await server.start_async()

    assert await _read(dsn) == list(range(20))


async def test_an_orphan_is_ended_and_its_data_taken_over(server: Postgres) -> None:
    dsn = await server.ensure_database("bunmart_orphan")
    await _write(dsn, 7)
    orphan = server.process
    assert orphan

    server.process = None  # what a killed launcher leaves behind where the kernel has no parent-death signal
    await server.start_async()

    assert orphan.wait(5) == 0
    assert await _read(dsn) == [7]


async def test_a_foreign_process_under_the_recorded_pid_is_left_alone(server: Postgres) -> None:
    await server.stop_async()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")

    await server.start_async()

    assert server.running


async def test_the_server_ends_with_its_parent(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("parent-death signals are a feature of Linux")
    script = (
        "import pathlib, sys, time; from bunmart_dev.postgres import Mode, Postgres\n"
        "s = Postgres(pathlib.Path(sys.argv[1]), mode=Mode.test); s.start(); print(s.process.pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    pid = int(await parent.stdout.readline())

    parent.kill()
    await parent.wait()

    await until(lambda: has_ended(pid))


async def test_a_wrong_password_is_refused(server: Postgres) -> None:
    await server.ensure_database("bunmart_a")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn("bunmart_a", "bunmart_a", "wrong"))


async def test_a_role_cannot_connect_to_another_database(server: Postgres) -> None:
    await server.ensure_database("bunmart_a")
    await server.ensure_database("bunmart_b")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(server.dsn("bunmart_b", "bunmart_a"))


async def test_the_collation_is_builtin_and_unicode(server: Postgres) -> None:
    connection = await asyncpg.connect(server.dsn())
    upper = await connection.fetchval("SELECT upper('brötchen')")
    await connection.close()

    assert upper == "BRÖTCHEN"


async def test_a_temporary_server_leaves_nothing() -> None:
    with temporary() as server:
        dsn = server.ensure_database_sync("bunmart_x")
        await _write(dsn, 1)
        assert await _read(dsn) == [1]

    assert not server.folder.exists()
    assert not server.running


def test_a_taken_port_says_so(server: Postgres, tmp_path: Path) -> None:
    second = Postgres(tmp_path, port=server.port, mode=Mode.test)

    with pytest.raises(PostgresError, match=r"could not bind|Address already in use"):
        second.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")
def test_a_private_home_is_served_as_root(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    folder = tmp_path / "home" / "state"
    folder.mkdir()

    account = choose_account(find_binaries(), folder)

    assert account.prefix, "nobody alone cannot pass a folder of mode 0700"
