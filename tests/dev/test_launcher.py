"""The launcher: watches its parts, stops them in order, leaves nothing behind, and says what is wrong."""

import asyncio
import dataclasses
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
from bunmart_dev.free_ports import free_port
from bunmart_dev.launcher.console import Screen
from bunmart_dev.launcher.parts import LauncherError, Part, StartError, fixed, local
from bunmart_dev.launcher.preflight import check_ports, end_orphans
from bunmart_dev.launcher.state import PartState, StateFolder, SystemState
from bunmart_dev.launcher.status import read_status
from bunmart_dev.launcher.supervisor import Supervisor
from rich.console import Console

from tests.dev.process_support import has_ended
from tests.support import until

FAKE = str(Path(__file__).with_name("fake_part.py"))
Start = Callable[..., Supervisor]


def fake(folder: StateFolder, name: str, behaviour: str = "well", stop_order: int = 0) -> Part:
    port = free_port()
    return Part(
        name,
        fixed(sys.executable, FAKE, str(port), behaviour),
        f"http://{local(port)}/health/ready",
        folder.logs / f"{name}.log",
        ports=(port,),
        http=local(port),
        stop_order=stop_order,
        start_timeout=10,
    )


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "state")
    folder.logs.mkdir(parents=True)
    return folder


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def start(folder: StateFolder, said: io.StringIO) -> AsyncIterator[Start]:
    screen = Screen(Console(file=said, soft_wrap=True))
    started: list[Supervisor] = []

    def run(*parts: Part) -> Supervisor:
        supervisor = Supervisor(folder, screen)
        supervisor.start(parts)
        started.append(supervisor)
        return supervisor

    yield run
    for supervisor in started:
        await supervisor.stop()


def umask(pid: int | None) -> str:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line[:6] == "Umask:")
    return line.split()[1]


async def test_a_crashed_part_is_started_again_and_said_so(
    folder: StateFolder, start: Start, said: io.StringIO
) -> None:
    supervisor = start(fake(folder, "order"))
    await supervisor.wait_ready()
    state = supervisor.watchers["order"].state
    assert state.pid
    first = state.pid

    os.kill(first, signal.SIGKILL)
    await until(lambda: state.restarts == 1 and state.state == "ready")

    assert state.pid != first
    assert "order was ended by SIGKILL; starting it again in 0.25 s" in said.getvalue()
    assert "order is ready again" in said.getvalue()


async def test_a_part_that_cannot_start_is_reported_with_the_end_of_its_log(
    folder: StateFolder, start: Start
) -> None:
    supervisor = start(fake(folder, "order", "crash"))

    with pytest.raises(
        StartError, match=r"order died 5 times within 30 s \(ended with exit code 3\)"
    ) as failure:
        await supervisor.wait_ready()

    assert "the reason it crashed" in str(failure.value)


async def test_a_part_that_is_never_ready_is_reported(folder: StateFolder, start: Start) -> None:
    part = dataclasses.replace(fake(folder, "order", "silent"), start_timeout=1)
    supervisor = start(part)

    with pytest.raises(StartError, match="order was not ready after 1 s"):
        await supervisor.wait_ready()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is where Linux tells it")
async def test_what_a_part_writes_is_private(tmp_path: Path, start: Start) -> None:
    folder = StateFolder(tmp_path / "fresh")
    supervisor = start(fake(folder, "mail"))
    await supervisor.wait_ready()

    assert umask(supervisor.watchers["mail"].state.pid) == "0077"
    assert stat.S_IMODE(folder.logs.stat().st_mode) == 0o700


async def test_stopping_goes_in_order_and_leaves_no_process(
    folder: StateFolder, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = start(fake(folder, "edge", stop_order=0), fake(folder, "order", stop_order=1))
    await supervisor.wait_ready()
    edge, order = (supervisor.watchers[name].state for name in ("edge", "order"))
    pids = {part.pid for part in (edge, order)}
    changes: list[tuple[str, str]] = []
    monkeypatch.setattr(supervisor, "changed", lambda part: changes.append((part.name, part.state)))

    await supervisor.stop()

    assert changes == [("edge", "stopped"), ("order", "stopped")]
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)
    assert folder.read() is None


async def test_a_part_that_ignores_the_stop_signal_is_killed_after_its_grace(
    folder: StateFolder, start: Start
) -> None:
    supervisor = start(dataclasses.replace(fake(folder, "order", "stubborn"), grace=0.3))
    await supervisor.wait_ready()
    pid = supervisor.watchers["order"].state.pid

    async with asyncio.timeout(3):
        await supervisor.stop()

    assert pid
    assert not psutil.pid_exists(pid)


async def test_status_asks_the_parts_themselves(folder: StateFolder, start: Start) -> None:
    supervisor = start(fake(folder, "order"), fake(folder, "cart"))
    await supervisor.wait_ready()
    order, cart = (supervisor.watchers[name].state for name in ("order", "cart"))
    await until(lambda: folder.read() is not None)
    await asyncio.sleep(0.1)
    assert cart.pid

    os.kill(cart.pid, signal.SIGSTOP)
    try:
        status = await read_status(folder.read(), timeout=0.5)
    finally:
        os.kill(cart.pid, signal.SIGCONT)

    document = json.loads(status.json())
    assert document["services"]["order"]["state"] == "ready"
    assert document["services"]["order"]["http"] == order.http
    assert document["services"]["order"]["pid"] == order.pid
    assert document["services"]["cart"]["state"] == "not ready"
    assert not status.ready


def test_a_taken_port_is_one_sentence(folder: StateFolder) -> None:
    part = fake(folder, "order")
    with socket.create_server(("127.0.0.1", part.ports[0])), pytest.raises(LauncherError) as failure:
        check_ports([part])

    assert str(failure.value).startswith(f"Port {part.ports[0]} of 127.0.0.1, which order needs, is taken")
    assert "BUNMART_PORT_BASE" in str(failure.value)


def test_a_second_launcher_is_refused(folder: StateFolder) -> None:
    with folder.lock("start"), pytest.raises(LauncherError, match="already running"), folder.lock("start"):
        pass


def test_what_a_killed_launcher_left_is_ended_and_nothing_else() -> None:
    left, innocent = sleeper(), sleeper()
    started, other = (psutil.Process(process.pid).create_time() for process in (left, innocent))
    recorded = SystemState(
        parts={
            "order": PartState("order", "", "", pid=left.pid, process_started=started, marker="30"),
            "cart": PartState("cart", "", "", pid=innocent.pid, process_started=other - 60, marker="30"),
            "user": PartState("user", "", "", pid=innocent.pid, process_started=other, marker="bunmart_user"),
        }
    )

    ended = end_orphans(recorded)

    assert ended == ["order"]
    assert innocent.poll() is None
    for process in (innocent, left):
        process.kill()
        process.communicate()


def sleeper() -> "subprocess.Popen[bytes]":
    """A process with the word 30 in its command line, which it has only a moment after its start."""
    script = "import time; print(flush=True); time.sleep(30)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    return process


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are a feature of Linux")
async def test_no_part_outlives_a_killed_launcher(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys, pathlib\n"
        "from bunmart_dev.launcher.console import Screen\n"
        "from bunmart_dev.launcher.parts import Part, fixed\n"
        "from bunmart_dev.launcher.state import StateFolder\n"
        "from bunmart_dev.launcher.supervisor import Supervisor\n"
        "async def main():\n"
        "    folder = StateFolder(pathlib.Path(sys.argv[1]))\n"
        "    folder.logs.mkdir(parents=True)\n"
        "    supervisor = Supervisor(folder, Screen())\n"
        "    part = fixed(sys.executable, sys.argv[2], sys.argv[3], 'well')\n"
        "    supervisor.start([Part('order', part, f'tcp://127.0.0.1:{sys.argv[3]}', folder.logs / 'order.log')])\n"
        "    await supervisor.wait_ready()\n"
        "    print('pid', supervisor.watchers['order'].state.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "state"), FAKE, str(free_port())]
    launcher = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert launcher.stdout
    while not (line := await launcher.stdout.readline()).startswith(b"pid"):
        assert line, "it ended before it told the pid"
    pid = int(line.split()[1])
    launcher.kill()
    await launcher.wait()

    await until(lambda: has_ended(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_too_few_file_watches_are_a_sentence() -> None:
    # A limit of the child's own stands for the user's, which other tests need meanwhile.
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30));"
        "from bunmart_dev.launcher.preflight import check_watches; check_watches(1);"
    )
    for call, needed in (("check_watches(12)", 48), ("check_watches(12, movable=True)", 71)):
        child = subprocess.run(
            [sys.executable, "-c", script + call], capture_output=True, text=True, check=False
        )

        assert "sysctl -w fs.inotify.max_user_instances" in child.stderr
        assert f"need {needed} inotify instances" in child.stderr
