"""The launcher's side of the forkserver."""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from bunmart_dev.processes import start_process


class ForkedProcess:
    """A fork, with the part of ``asyncio.subprocess.Process`` that the launcher needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    def ended(self, code: int) -> None:
        """Take note of its end."""
        self.returncode = code
        self._ended.set()

    async def wait(self) -> int:
        """Wait for its end and return the exit code, negative when a signal ended it."""
        await self._ended.wait()
        assert self.returncode is not None  # noqa: S101 - set with the event
        return self.returncode

    def send_signal(self, signal: int) -> None:
        """Send it a signal.

        Raises:
            ProcessLookupError: It has ended.
        """
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, signal)


class Forkserver:
    """Starts modules as forks; the process behind it starts with the first one, and anew when it has died.

    Args:
        libraries: The module whose ``LIBRARIES`` are imported before.
        log_file: Of the forkserver itself.
        report: Is told the pid of the process when it starts.
    """

    MODULE = "bunmart_dev.forkserver"

    def __init__(
        self, libraries: str, log_file: Path, report: Callable[[int], None] = lambda _: None
    ) -> None:
        self.log_file = log_file
        self.process: asyncio.subprocess.Process | None = None
        self._libraries = libraries
        self._report = report
        self._starting = asyncio.Lock()
        self._writer: asyncio.StreamWriter | None = None
        self._orders: deque[asyncio.Future[ForkedProcess]] = deque()
        self._running: dict[int, ForkedProcess] = {}
        self._reading: asyncio.Task[None] | None = None

    async def start(self, module: str, environment: Mapping[str, str], log_file: Path) -> ForkedProcess:
        """Run a module as ``python -m`` would.

        Args:
            module: Its name.
            environment: All of its environment.
            log_file: Where its output is appended.

        Raises:
            ChildProcessError: The forkserver itself does not run.
        """
        async with self._starting:
            if self._writer is None:
                await self._launch()
        if self._writer is None:
            raise ChildProcessError(f"the forkserver does not start; its log is {self.log_file}")
        order: asyncio.Future[ForkedProcess] = asyncio.get_running_loop().create_future()
        self._orders.append(order)
        message = {"module": module, "environment": dict(environment), "log": str(log_file)}
        self._writer.write(json.dumps(message).encode() + b"\n")
        return await asyncio.shield(order)

    async def stop(self) -> None:
        """End the process; forks that still run get SIGTERM where the system has parent-death signals."""
        if self._writer is not None:
            self._writer.close()
        if self.process is not None:
            await self.process.wait()
        if self._reading is not None:
            await self._reading

    async def _launch(self) -> None:
        ours, theirs = socket.socketpair()
        command = (sys.executable, "-m", self.MODULE, self._libraries)
        with theirs:
            self.process = await start_process(command, os.environ, self.log_file, stdin=theirs)
        self._report(self.process.pid)
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._reading = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        # A process that dies with orders unread resets the connection.
        with contextlib.suppress(ConnectionResetError):
            while line := await reader.readline():
                self._take_note(json.loads(line))
        self._lost()

    def _take_note(self, answer: dict[str, int]) -> None:
        if "pid" in answer:
            process = self._running[answer["pid"]] = ForkedProcess(answer["pid"])
            self._orders.popleft().set_result(process)
        else:
            self._running.pop(answer["ended"]).ended(answer["code"])

    def _lost(self) -> None:
        """Forget everything: the forks end with the forkserver, and nobody is left to tell how."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for order in self._orders:
            order.set_exception(ChildProcessError(f"the forkserver ended; its log is {self.log_file}"))
        self._orders.clear()
        for process in self._running.values():
            process.ended(1)
        self._running.clear()
