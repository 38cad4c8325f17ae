"""The state folder: the launcher, the parts that run, and the lock that lets one launcher run at a time."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bunmart_dev.launcher.parts import LauncherError

_SAME_START = 0.05


@dataclass
class PartState:
    """The state of a part; times are seconds since the epoch."""

    name: str
    probe: str
    log_file: str
    http: str | None = None
    grpc: str | None = None
    state: str = "starting"
    pid: int | None = None
    process_started: float | None = None
    """The operating system's start time of the pid: tells it from a later process with the same pid."""
    marker: str = ""
    """A word of its command line, for the same purpose."""
    ready_at: float | None = None
    restarts: int = 0


@dataclass
class SystemState:
    """A running system, as its launcher writes it down."""

    launcher_pid: int = field(default_factory=os.getpid)
    launcher_started: float = field(default_factory=lambda: psutil.Process().create_time())
    started_at: float = field(default_factory=time.time)
    edge: str = ""
    parts: dict[str, PartState] = field(default_factory=dict)


class StateFolder:
    """``.local`` or what ``BUNMART_STATE_DIR`` names.

    Args:
        path: The folder; made when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    @classmethod
    def from_environment(cls) -> "StateFolder":
        """Return the configured folder, by default ``.local`` of the current one."""
        return cls(Path(os.environ.get("BUNMART_STATE_DIR") or ".local"))

    @property
    def logs(self) -> Path:
        """Return the folder of log files."""
        return self.path / "logs"

    @property
    def _state_file(self) -> Path:
        return self.path / "state.json"

    def write(self, state: SystemState) -> None:
        """Write the state so that a reader never sees half of it."""
        draft = self.path / "state.json.new"
        draft.write_text(json.dumps(asdict(state), indent=1))
        draft.rename(self._state_file)

    def read(self) -> SystemState | None:
        """Return what was last written, or None."""
        try:
            raw: dict[str, Any] = json.loads(self._state_file.read_text())
            parts = {name: PartState(**part) for name, part in raw.pop("parts").items()}
            return SystemState(**raw, parts=parts)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def forget(self) -> None:
        """Remove the state: nothing runs."""
        self._state_file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Hold the folder; the operating system lets go of it when the process ends, however it ends.

        Args:
            purpose: The thing that cannot be done while another launcher runs, for the message.

        Raises:
            LauncherError: Another launcher holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "launcher.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                running = self.read()
                pid = f" (pid {running.launcher_pid})" if running else ""
                raise LauncherError(
                    f"Cannot {purpose}: BunMart is already running{pid} from {self.path}. "
                    "`make status` shows it, `make down` stops it."
                ) from None
            yield

    def running(self) -> SystemState | None:
        """Return the state of the launcher that runs now, or None."""
        state = self.read()
        if state and process_of(state.launcher_pid, state.launcher_started, "bunmart_dev.launcher"):
            return state
        return None


def process_of(pid: int | None, started: float | None, marker: str) -> psutil.Process | None:
    """Return the process if the pid still means the one that was recorded, else None.

    Args:
        pid: The recorded pid.
        started: Its recorded start time, in seconds since the epoch.
        marker: A word of its command line.
    """
    if pid is None or started is None:
        return None
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < _SAME_START and process.status() != psutil.STATUS_ZOMBIE
        if same and any(marker in word for word in process.cmdline()):
            return process
    return None
