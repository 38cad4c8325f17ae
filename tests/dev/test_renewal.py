"""A part's next run takes over from the one before, or the one before goes on."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bunmart_dev.free_ports import free_ports
from bunmart_dev.launcher.console import Screen
from bunmart_dev.launcher.parts import Part, Process, Run, fixed, local
from bunmart_dev.launcher.reloading import Reloader, folders_of
from bunmart_dev.launcher.renewal import reason_in_log
from bunmart_dev.launcher.state import StateFolder
from bunmart_dev.launcher.supervisor import Supervisor
from bunmart_dev.launcher.watcher import Watcher
from bunmart_dev.processes import start_process
from rich.console import Console

from tests.dev.process_support import has_ended
from tests.support import until

TRACEBACK = """Traceback (most recent call last):
  File "/code/rest.py", line 7, in <module>
    import nothing
{"message": "ready"}
ModuleNotFoundError: No module named 'nothing'
"""
FAKE = str(Path(__file__).with_name("fake_part.py"))


class Service:
    """A part with two runs that behave as the test says.

    Attributes:
        behaviour: Of the runs that start from now on.
        turned: The number of each run to which requests were turned.
        turning: Cleared, it holds that up.
    """

    def __init__(self, folder: Path) -> None:
        self.behaviour = "well"
        self.turned: list[int] = []
        self.turning = asyncio.Event()
        self.turning.set()
        self.started: list[Process] = []
        self.said = io.StringIO()
        self._log = folder / "order.log"
        ports = free_ports(2)
        part = Part(
            "order",
            fixed("a", "fake"),
            "http://unused",
            self._log,
            runs=(self._run(0, ports[0]), self._run(1, ports[1])),
        )
        screen = Screen(Console(file=self.said, soft_wrap=True))
        self.supervisor = Supervisor(StateFolder(folder / "state"), screen)
        (folder / "state").mkdir()
        self.supervisor.start([part])

    def _run(self, number: int, port: int) -> Run:
        async def start() -> Process:
            command = (sys.executable, FAKE, str(port), self.behaviour)
            self.started.append(await start_process(command, os.environ, self._log))
            return self.started[-1]

        async def take_over() -> None:
            await self.turning.wait()
            self.turned.append(number)

        return Run(start, f"http://{local(port)}/health/ready", take_over)

    @property
    def watcher(self) -> Watcher:
        return self.supervisor.watchers["order"]

    @property
    def pid(self) -> int | None:
        return self.watcher.state.pid

    def says(self, text: str) -> bool:
        return text in self.said.getvalue()


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    service = Service(tmp_path)
    await service.supervisor.wait_ready()
    yield service
    service.turning.set()
    await service.supervisor.stop()
    assert all(process.returncode is not None for process in service.started)


async def test_the_next_run_takes_over_and_the_one_before_is_stopped(service: Service) -> None:
    first = service.pid
    assert first

    await service.watcher.renew()

    assert service.pid == service.started[1].pid != first
    assert service.turned == [1]
    assert service.says("order runs the code of now")
    await until(lambda: has_ended(first))
    assert (service.watcher.state.state, service.watcher.state.restarts) == ("ready", 0)


async def test_runs_take_turns(service: Service) -> None:
    for _ in range(3):
        await service.watcher.renew()

    assert service.turned == [1, 0, 1]
    assert service.pid == service.started[3].pid


async def test_a_run_that_does_not_start_leaves_the_one_before_and_the_next_edit_tries_again(
    service: Service,
) -> None:
    first = service.pid
    service.behaviour = "crash"

    await service.watcher.renew()

    assert service.pid == first
    assert service.turned == []
    assert service.says("order: the edit is not live, the code before it is: the reason it crashed")
    service.behaviour = "well"
    await service.watcher.renew()
    assert service.turned == [1]


async def test_a_renewal_that_is_cancelled_ends_its_run_and_no_other(service: Service) -> None:
    first = service.pid
    service.behaviour = "silent"
    renewal = asyncio.create_task(service.watcher.renew())
    await until(lambda: len(service.started) == 2)

    renewal.cancel()
    await asyncio.wait({renewal})

    assert service.started[1].returncode is not None
    assert service.pid == first
    assert service.started[0].returncode is None


async def test_a_hand_over_that_has_begun_is_finished(service: Service) -> None:
    service.turning.clear()
    renewal = asyncio.create_task(service.watcher.renew())
    await until(lambda: service.pid != service.started[0].pid)

    renewal.cancel()
    await asyncio.sleep(0)
    service.turning.set()
    await asyncio.wait({renewal})

    assert renewal.cancelled()
    assert service.turned == [1]
    assert service.started[1].returncode is None
    await until(lambda: service.started[0].returncode is not None)


async def test_a_run_that_crashes_after_it_took_over_is_started_again(service: Service) -> None:
    await service.watcher.renew()

    service.started[1].send_signal(9)

    await until(lambda: len(service.started) == 3 and service.watcher.state.state == "ready")
    assert service.watcher.state.restarts == 1


async def test_an_edit_starts_a_crashed_part_at_once(service: Service) -> None:
    service.behaviour = "crash"
    service.started[0].send_signal(9)
    await until(lambda: service.says("starting it again in 15 s"))
    starts = len(service.started)

    service.behaviour = "well"
    await service.watcher.renew()

    await until(lambda: service.watcher.state.state == "ready")
    assert len(service.started) == starts + 1


async def test_an_edit_concerns_the_services_that_run_the_file(tmp_path: Path) -> None:
    watchers = {name: Service.__new__(Service) for name in ("bff", "cart", "order")}
    reloader = Reloader(watchers)  # type: ignore[arg-type]
    (order,), (chassis,), (contract,) = map(folders_of, ("bunmart_order", "bunmart_chassis", "bunmart"))

    assert reloader.concerned([order / "service" / "intents.py"]) == ["order"]
    assert reloader.concerned([chassis / "ids.py"]) == ["bff", "cart", "order"]
    assert reloader.concerned([contract / "cart" / "v1" / "cart_pb2.py"]) == ["bff", "cart", "order"]
    assert reloader.concerned([tmp_path / "elsewhere.py"]) == []


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ('{"message": "ready"}\n', ""),
        (
            TRACEBACK,
            "ModuleNotFoundError: No module named 'nothing' (/code/rest.py, line 7)",
        ),
        ("ended by itself\n", "ended by itself"),
    ],
)
def test_the_reason_is_the_last_error_and_where_it_happened(tmp_path: Path, log: str, reason: str) -> None:
    file = tmp_path / "order.log"
    file.write_text("SyntaxError: of a run before\n" + log)

    assert reason_in_log(file, len("SyntaxError: of a run before\n")) == reason
