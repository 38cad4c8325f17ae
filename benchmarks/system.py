"""Starts a BunMart of its own for a measurement, and reads the cost of its processes from /proc."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

PORT_BASE = 24000
EDGE_PORT = 24990
START_SECONDS = 180.0
_TICKS = os.sysconf("SC_CLK_TCK")


class System:
    """A running BunMart.

    Attributes:
        edge: URL of the ingress.
        ready_seconds: From the start to everything being ready and seeded.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.edge = f"http://127.0.0.1:{EDGE_PORT}"
        self.ready_seconds = 0.0
        self._environment = environment
        self._pids: dict[str, int] = {}

    def status(self) -> dict[str, Any]:
        """Return the answer of ``make status json=1``; empty while the system is not ready."""
        answer = subprocess.run(
            [sys.executable, "-m", "bunmart_dev.launcher", "status", "--json"],
            env=self._environment,
            capture_output=True,
            check=False,
        )
        if answer.returncode != 0:
            return {}
        services: dict[str, Any] = json.loads(answer.stdout)["services"]
        self._pids = {name: part["pid"] for name, part in services.items() if part.get("pid")}
        return services

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far by each part, children (Postgres backends) included."""
        return {name: _cpu_of(pid) for name, pid in self._pids.items()}

    def memory(self) -> dict[str, float]:
        """Proportional set size of each part in MiB, children included."""
        return {name: _pss_of(pid) for name, pid in self._pids.items()}


@contextlib.contextmanager
def running_system() -> Iterator[System]:
    """Start everything in a temporary folder, on ports of its own, and stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="bunmart-bench-") as folder:
        Path(folder).chmod(0o755)
        environment = {
            **os.environ,
            "BUNMART_STATE_DIR": folder,
            "BUNMART_PORT_BASE": str(PORT_BASE),
            "BUNMART_EDGE_PORT": str(EDGE_PORT),
            # Each service a process of its own, as in production.
            "BUNMART_RELOAD": "0",
        }
        log = Path(folder) / "up.log"
        system = System(environment)
        began = time.monotonic()
        with log.open("wb") as output:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "bunmart_dev.launcher", "up"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_ready(system, launcher, log)
            system.ready_seconds = time.monotonic() - began
            yield system
        finally:
            launcher.send_signal(signal.SIGTERM)
            launcher.wait(60)


def _wait_until_ready(system: System, launcher: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Everything is ready" not in log.read_text(errors="replace"):
        if launcher.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"BunMart did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.2)
    if not system.status():
        raise SystemExit("BunMart says that it is not ready; see make status.")


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _cpu_of(pid: int) -> float:
    total = 0.0
    for index, process in enumerate(_family(pid)):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            # utime, stime; of the parent also those of children that ended
            total += sum(int(each) for each in fields[11 : 15 if index == 0 else 13]) / _TICKS
    return total


def _pss_of(pid: int) -> float:
    total = 0.0
    for process in _family(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
    return total
