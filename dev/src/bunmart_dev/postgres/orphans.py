"""A server that outlived the launcher that started it."""

import contextlib
import signal
import time
from pathlib import Path

import psutil


def end_orphan(data: Path, timeout: float = 20.0) -> None:
    """Stop a server that outlived its launcher on this data directory, and forget a stale pid file.

    Args:
        data: The data directory.
        timeout: Seconds for a fast stop, then it is killed.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process = psutil.Process(pid)
        if process.name() == "postgres" and str(data) in process.cmdline():
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait()
    # Backends of a killed server leave within moments; until then the data directory is still attached.
    _wait_for_backends(data, timeout)
    pid_file.unlink(missing_ok=True)


def _wait_for_backends(data: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        names = (entry for entry in psutil.process_iter(["name", "cwd"]) if entry.info["name"] == "postgres")
        if not any(entry.info["cwd"] == str(data) for entry in names):
            return
        time.sleep(0.05)
