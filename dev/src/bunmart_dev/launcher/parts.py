"""Parts, which the supervisor runs: each is one operating system process with a probe of its readiness."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class LauncherError(Exception):
    """Something keeps the launcher from doing what was asked; the text is for the person who asked."""


class StartError(LauncherError):
    """A part did not become ready."""


class Process(Protocol):
    """A running process: one of ``asyncio.subprocess`` or a fork."""

    pid: int

    @property
    def returncode(self) -> int | None:
        """Return the exit code, None while it runs."""

    async def wait(self) -> int:
        """Wait for its end and return the exit code."""

    def send_signal(self, signal: int) -> None:
        """Send it a signal."""


@dataclass(frozen=True)
class Command:
    """A command line with its environment."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the launcher's own environment."""
    process: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of ``subprocess.Popen``, such as the user."""


@dataclass(frozen=True)
class Run:
    """A run of a part that can be replaced by another run without a request failing."""

    start: Callable[[], Awaitable[Process]]
    """Start its process; may raise."""
    probe: str
    """The probe that succeeds when this run, and no other run of the part, is ready."""
    take_over: Callable[[], Awaitable[None]]
    """Turn the requests to this run; returns when the run before gets no more of them."""


@dataclass(frozen=True)
class Part:
    """One process of the system."""

    name: str
    command: Callable[[], Command]
    """Called in a worker thread before each start; may prepare files and may raise."""
    probe: str
    """The probe of readiness: an ``http://`` address, ``tcp://host:port`` or ``postgres:///data/folder``."""
    log_file: Path
    ports: tuple[int, ...] = ()
    """Ports of 127.0.0.1 that must be free before anything starts."""
    port_setting: str = "BUNMART_PORT_BASE"
    """The environment variable that moves those ports."""
    http: str | None = None
    """``host:port`` of REST or a page."""
    grpc: str | None = None
    """``host:port`` of gRPC."""
    stop_order: int = 0
    """Parts with a lower number are stopped, and gone, before those with a higher one."""
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 15.0
    """Seconds from the stop signal to SIGKILL."""
    marker: str = ""
    """A word of the command line that tells the process from a stranger with its pid; by default the last."""
    start_timeout: float = 90.0
    """Seconds from the first start to ready."""
    runs: tuple[Run, Run] | None = None
    """For a part that is replaced at every edit: two runs that take turns; they are what is started then."""


def fixed(*arguments: str, environment: Mapping[str, str] | None = None) -> Callable[[], Command]:
    """Return a ``Part.command`` that is the same at each start."""
    command = Command(arguments, environment or {})
    return lambda: command


def local(port: int) -> str:
    """Return ``127.0.0.1:port``."""
    return f"127.0.0.1:{port}"
