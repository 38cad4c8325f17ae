"""The forkserver: its forks are like processes of their own, and its end is noticed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bunmart_dev.forkserver import ForkedProcess, Forkserver

from tests.dev.process_support import has_ended
from tests.support import until

PROGRAM = """
import json, os, sys, time
print(json.dumps(["json" in sys.modules, os.environ["WORD"], "HOME" in os.environ, sys.argv[1:]]), flush=True)
print("on stderr", file=sys.stderr)
time.sleep(float(os.environ["SECONDS"]))
sys.exit(int(os.environ["CODE"]))
"""


@pytest.fixture
async def forkserver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forkserver]:
    (tmp_path / "some_libraries.py").write_text('LIBRARIES = ("json",)\n')
    (tmp_path / "some_program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    forkserver = Forkserver("some_libraries", tmp_path / "forkserver.log")
    yield forkserver
    await forkserver.stop()


async def start(forkserver: Forkserver, folder: Path, *, seconds: float = 0, code: int = 0) -> ForkedProcess:
    environment = {"WORD": "bun", "SECONDS": str(seconds), "CODE": str(code)}
    return await forkserver.start("some_program", environment, folder / "program.log")


async def test_a_fork_has_its_own_environment_and_log(forkserver: Forkserver, tmp_path: Path) -> None:
    process = await start(forkserver, tmp_path)

    assert await process.wait() == 0

    assert (tmp_path / "program.log").read_text().splitlines() == ['[true, "bun", false, []]', "on stderr"]


async def test_the_exit_code_and_the_signal_that_ended_a_fork_are_told(
    forkserver: Forkserver, tmp_path: Path
) -> None:
    failing, stopped = (
        await start(forkserver, tmp_path, code=3),
        await start(forkserver, tmp_path, seconds=60),
    )

    stopped.send_signal(signal.SIGTERM)

    assert await failing.wait() == 3
    assert await stopped.wait() == -signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        stopped.send_signal(signal.SIGTERM)


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are a feature of Linux")
async def test_forks_end_with_the_forkserver_and_the_next_start_finds_a_new_one(
    forkserver: Forkserver, tmp_path: Path
) -> None:
    process = await start(forkserver, tmp_path, seconds=60)
    assert forkserver.process

    os.kill(forkserver.process.pid, signal.SIGKILL)

    assert await process.wait() != 0
    await until(lambda: has_ended(process.pid))
    assert await (await start(forkserver, tmp_path)).wait() == 0


async def test_a_forkserver_that_cannot_import_its_libraries_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    forkserver = Forkserver("no_such_libraries", tmp_path / "forkserver.log")

    with pytest.raises(ChildProcessError, match=r"forkserver\.log"):
        await asyncio.wait_for(start(forkserver, tmp_path), 20)

    assert "no_such_libraries" in (tmp_path / "forkserver.log").read_text()
    await forkserver.stop()
