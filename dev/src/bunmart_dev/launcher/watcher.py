"""The life of one part: start, wait until ready, restart after a crash, stop."""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from pathlib import Path
from typing import Protocol

import psutil

from bunmart_dev.launcher.parts import Part, Process, Run, StartError
from bunmart_dev.launcher.probes import is_ready
from bunmart_dev.launcher.renewal import RunError, to_the_end, wait_until_ready
from bunmart_dev.launcher.state import PartState
from bunmart_dev.processes import start_process

CRASH_LOOP_DEATHS = 5
CRASH_LOOP_SECONDS = 30.0
_FIRST_DELAY = 0.25
_LONGEST_DELAY = 15.0
_LOG_LIMIT = 5_000_000
_TAIL_LINES = 15


class Report(Protocol):
    """A listener that is told what happens to the parts."""

    def changed(self, part: PartState) -> None:
        """Take note of a new state."""

    def say(self, text: str, style: str = "") -> None:
        """Tell the person at the terminal."""


class Watcher:
    """Runs one part until it is told to stop.

    Args:
        part: The part to run.
        report: The listener that is told.
    """

    def __init__(self, part: Part, report: Report) -> None:
        self.part = part
        self.report = report
        self._number = 0
        self.state = PartState(part.name, self._probe, str(part.log_file), part.http, part.grpc)
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._process: Process | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._deaths: deque[float] = deque(maxlen=CRASH_LOOP_DEATHS)
        self._task = asyncio.create_task(self._live())

    @property
    def _run(self) -> Run | None:
        return self.part.runs[self._number] if self.part.runs else None

    @property
    def _probe(self) -> str:
        return self._run.probe if self._run else self.part.probe

    async def renew(self) -> None:
        """Start the part's next run; when it is ready it takes over, and the run before is stopped.

        When the next run does not become ready, the one before goes on. A part that has crashed is started
        at once. Cancelling stops the next run.
        """
        async with self._starting:
            if self.part.runs is None or self._process is None or self._process.returncode is not None:
                self._hurry.set()
                return
            began = time.monotonic()
            number = 1 - self._number
            # Its ports are those of the run before the present one.
            await self._predecessor_gone()
            try:
                successor = await self._start_ready(self.part.runs[number])
            except RunError as error:
                self.report.say(
                    f"{self.part.name}: the edit is not live, the code before it is: {error}", "yellow"
                )
                return
            # From here on there is no way back: requests are on their way to the successor.
            await to_the_end(self._hand_over(number, successor))
            self.report.say(f"{self.part.name} runs the code of now ({time.monotonic() - began:.1f} s)")

    async def _hand_over(self, number: int, successor: Process) -> None:
        predecessor, self._process, self._number = self._process, successor, number
        self.state.probe = self._probe
        self._change("ready", pid=successor.pid, ready_at=time.time())
        if self._run:
            await self._run.take_over()
        if predecessor is not None:
            self._leaving = asyncio.create_task(self._end(predecessor))

    async def _predecessor_gone(self) -> None:
        if self._leaving is not None:
            await asyncio.wait({self._leaving})

    async def _start_ready(self, run: Run) -> Process:
        log_file = self.part.log_file
        position = log_file.stat().st_size
        try:
            process = await run.start()
        except OSError as error:
            raise RunError(str(error)) from error
        try:
            await wait_until_ready(process, run.probe, self._probe, log_file, position)
        except BaseException:
            await self._end(process)
            raise
        return process

    async def _end(self, process: Process) -> None:
        """Stop a run that is not, or no more, the part's."""
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.part.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self.part.grace)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()

    async def stop(self) -> None:
        """Send the part its stop signal, after its grace SIGKILL, and wait until it is gone."""
        self._stopping.set()
        self._hurry.set()
        self.first_ready.cancel()
        deadline = asyncio.get_running_loop().call_later(self.part.grace, self.kill)
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self.part.stop_signal)
        try:
            await self._task
            await self._predecessor_gone()
        finally:
            deadline.cancel()

    def kill(self) -> None:
        """End the part and its children at once."""
        self._stopping.set()
        self._hurry.set()
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _live(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = await self._live_once()
            if self._stopping.is_set():
                break
            await self._crashed(reason, time.monotonic() - began)
        self._change("stopped", pid=None)

    async def _live_once(self) -> str:
        async with self._starting:
            self._hurry.clear()
            try:
                process = await self._spawn()
            except Exception as error:  # noqa: BLE001 - whatever a part's preparation raises, it did not start
                return f"could not start: {error}"
        if process is None:
            return ""
        waiting = asyncio.create_task(self._wait_until_ready())
        if self._stopping.is_set():
            process.send_signal(self.part.stop_signal)
        code = await process.wait()
        while self._process not in {process, None}:
            process = self._process
            code = await process.wait()
        waiting.cancel()
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    async def _spawn(self) -> Process | None:
        """Start the part's process; None when there is no more need for one."""
        if self._process is not None and self._process.returncode is None:
            return self._process  # The next run took over from one that crashed meanwhile.
        part = self.part
        command = await asyncio.to_thread(part.command)
        if self._stopping.is_set():
            return None
        rotate(part.log_file)
        if self._run:
            self._process = await self._run.start()
        else:
            self._process = await start_process(
                command.arguments,
                {**os.environ, **command.environment},
                part.log_file,
                stop_signal=part.stop_signal,
                **command.process,
            )
        self._change("starting", pid=self._process.pid, marker=part.marker or command.arguments[-1])
        return self._process

    async def _wait_until_ready(self) -> None:
        began = time.monotonic()
        pause = 0.05
        while not await is_ready(self._probe):
            if time.monotonic() - began > self.part.start_timeout and not self.first_ready.done():
                self._fail_start(f"was not ready after {self.part.start_timeout:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 0.4)
        self._change("ready", ready_at=time.time())
        again = " again" if self.first_ready.done() else ""
        self.report.say(f"{self.part.name} is ready{again} ({time.monotonic() - began:.1f} s)")
        if not self.first_ready.done():
            self.first_ready.set_result(None)

    async def _crashed(self, reason: str, lived: float) -> None:
        now = time.monotonic()
        if lived > CRASH_LOOP_SECONDS:
            self._deaths.clear()
        self._deaths.append(now)
        looping = len(self._deaths) == CRASH_LOOP_DEATHS and now - self._deaths[0] < CRASH_LOOP_SECONDS
        delay = (
            _LONGEST_DELAY if looping else min(_FIRST_DELAY * 2 ** (len(self._deaths) - 1), _LONGEST_DELAY)
        )
        self._change("crashing" if looping else "restarting", pid=None, restarts=self.state.restarts + 1)
        self.report.say(f"{self.part.name} {reason}; starting it again in {delay:.2g} s", "yellow")
        if looping:
            self._deaths.clear()
            self._fail_start(f"died {CRASH_LOOP_DEATHS} times within {CRASH_LOOP_SECONDS:.0f} s ({reason})")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), delay)

    def _fail_start(self, reason: str) -> None:
        text = f"{self.part.name} {reason}. The end of {self.part.log_file}:\n{tail(self.part.log_file)}"
        if self.first_ready.done():
            self.report.say(text, "red")
        else:
            self.first_ready.set_exception(StartError(text))

    def _change(
        self,
        state: str,
        *,
        pid: int | None = -1,
        marker: str | None = None,
        ready_at: float | None = None,
        restarts: int | None = None,
    ) -> None:
        current = self.state
        current.state = state
        current.ready_at = ready_at
        if pid != -1:
            current.pid = pid
            current.process_started = _start_time(pid)
        current.marker = current.marker if marker is None else marker
        current.restarts = current.restarts if restarts is None else restarts
        self.report.changed(current)


def _start_time(pid: int | None) -> float | None:
    if pid is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(pid).create_time()
    return None


def rotate(log_file: Path) -> None:
    """Make the folder, private; move a log of more than 5 MB aside, replacing the one moved before."""
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log_file.exists() and log_file.stat().st_size > _LOG_LIMIT:
        log_file.replace(log_file.with_name(f"{log_file.name}.1"))


def tail(log_file: Path, lines: int = _TAIL_LINES, indent: str = "    ") -> str:
    """Return the last lines of a log, of its last megabyte at most."""
    try:
        with log_file.open("rb") as file:
            file.seek(max(0, log_file.stat().st_size - 1_000_000))
            text = file.read().decode(errors="replace")
    except OSError:
        return f"{indent}(no log)"
    return "\n".join(f"{indent}{line}" for line in text.splitlines()[-lines:]) or f"{indent}(empty)"
