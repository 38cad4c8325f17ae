"""The whole system, as ``make up`` starts it: real Postgres, real Envoys, mutual TLS."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from bunmart_dev.launcher.state import StateFolder, SystemState
from bunmart_dev.ports import Ports

from tests.support import free_system_ports

START_SECONDS = 110.0
STOP_SECONDS = 60.0
LAUNCHER = (sys.executable, "-m", "bunmart_dev.launcher")


@dataclass
class System:
    """A launcher and what it runs.

    Attributes:
        pids: Every process that was seen running, for the time after the stop.
    """

    folder: Path
    ports: Ports
    launcher: "subprocess.Popen[bytes]"
    pids: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.edge}"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def output(self) -> str:
        """What the launcher has printed."""
        return (self.folder / "up.log").read_text(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.folder, self.ports)

    def state(self) -> SystemState:
        state = StateFolder(self.folder).read()
        assert state is not None, self.output
        self.pids |= {part.pid for part in state.parts.values() if part.pid}
        return state

    def status(self) -> tuple[int, dict[str, Any]]:
        """The exit code and the services of ``make -s status json=1``."""
        done = subprocess.run(
            [*LAUNCHER, "status", "--json"],
            env=self.environment,
            capture_output=True,
            check=False,
            timeout=30,
        )
        return done.returncode, json.loads(done.stdout)["services"]

    def kill(self, part: str) -> None:
        """End a part as an out-of-memory killer would."""
        pid = self.state().parts[part].pid
        assert pid is not None, f"{part} does not run"
        os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def stopped(self, part: str) -> Iterator[None]:
        """Let a part and its children stand still for a while."""
        process = psutil.Process(self.state().parts[part].pid)
        family = [process, *process.children(recursive=True)]
        for each in family:
            each.suspend()
        try:
            yield
        finally:
            for each in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.resume()

    def wait_for(self, line: str) -> None:
        """Wait until the launcher has printed something."""
        limit = time.monotonic() + START_SECONDS
        while line not in self.output:
            assert self.launcher.poll() is None, self.output
            assert time.monotonic() < limit, self.output
            time.sleep(0.1)

    def stop(self) -> int:
        """Press Ctrl-C and return the launcher's exit code."""
        if self.launcher.poll() is None:
            self.state()
            self.launcher.send_signal(signal.SIGINT)
        return self.launcher.wait(STOP_SECONDS)

    def survivors(self) -> list[str]:
        """What still runs of everything that ever ran."""
        self.pids.add(self.launcher.pid)
        left = []
        for pid in self.pids:
            with contextlib.suppress(psutil.Error):
                left.append(" ".join(psutil.Process(pid).cmdline()))
        return left


def environment_of(folder: Path, ports: Ports) -> dict[str, str]:
    return {
        **os.environ,
        "BUNMART_STATE_DIR": str(folder),
        "BUNMART_PORT_BASE": str(ports.base),
        "BUNMART_EDGE_PORT": str(ports.edge),
    }


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A running, seeded system in a folder of its own."""
    with running_system({}) as running:
        yield running


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other worker runs a system: two need more inotify instances than a user usually has."""
    with (Path(tempfile.gettempdir()) / "bunmart-e2e.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def running_system(environment: dict[str, str]) -> Iterator[System]:
    """Run a system, with more in its environment, until the block ends; one at a time on a machine."""
    with _turn(), tempfile.TemporaryDirectory(prefix="bunmart-e2e-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # Postgres does not run as root: it must be able to look into the folder above its data.
        folder.chmod(0o755)
        ports = free_system_ports()
        with (folder / "up.log").open("wb") as output:
            launcher = subprocess.Popen(
                [*LAUNCHER, "up"],
                env={**environment_of(folder, ports), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        running = System(folder, ports, launcher)
        try:
            running.wait_for("Everything is ready")
            assert "Filled the bakery" in running.output, running.output
            running.state()
            yield running
        finally:
            if launcher.poll() is None:
                running.stop()
