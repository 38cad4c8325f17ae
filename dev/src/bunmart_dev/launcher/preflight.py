"""Checks before anything starts: leftovers of a killed launcher, taken ports, limits."""

import contextlib
import ctypes
import errno
import os
import socket
import sys
from collections.abc import Iterable

import psutil

from bunmart_dev.launcher.parts import LauncherError, Part
from bunmart_dev.launcher.state import SystemState, process_of

_ORPHAN_GRACE = 10.0
_WATCHES_OF_AN_ENVOY = 4
_WATCHES_OF_ENDPOINTS = 2
"""More of a sidecar, which follows its application; the edge has none to follow."""


def end_orphans(left: SystemState | None) -> list[str]:
    """Stop the processes of a launcher that died without stopping them; return their names.

    A pid counts only when its start time and its command line are those that were recorded.
    """
    found = {
        name: process
        for name, part in (left.parts if left else {}).items()
        if (process := process_of(part.pid, part.process_started, part.marker))
    }
    for process in found.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(found.values(), _ORPHAN_GRACE)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, _ORPHAN_GRACE)
    return list(found)


def check_ports(parts: Iterable[Part]) -> None:
    """Find the first port that another program listens on.

    Raises:
        LauncherError: Names the port, the part that needs it, who has it and the setting that moves it.
    """
    for part in parts:
        for port in part.ports:
            if _taken(port):
                raise LauncherError(
                    f"Port {port} of 127.0.0.1, which {part.name} needs, is taken{_holder(port)}. "
                    f"Stop that program, or set {part.port_setting} to another port."
                )


def check_watches(envoys: int, *, movable: bool = False) -> None:
    """Make sure that the kernel has the inotify instances without which an Envoy aborts (Linux).

    Args:
        envoys: How many there will be.
        movable: They watch where their applications listen, and the launcher watches the code.

    Raises:
        LauncherError: Says which limit to raise.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    needed = fewest = envoys * _WATCHES_OF_AN_ENVOY
    advice = "Raise the limit: sysctl -w fs.inotify.max_user_instances=512."
    if movable:
        needed += (envoys - 1) * _WATCHES_OF_ENDPOINTS + 1
        advice += f" BUNMART_RELOAD=0 needs {fewest}."
    opened: list[int] = []
    try:
        for _ in range(needed):
            descriptor = libc.inotify_init1(os.O_CLOEXEC)
            if descriptor < 0:
                raise LauncherError(
                    f"The sidecars need {needed} inotify instances, and this user has only "
                    f"{len(opened)} left. {advice}"
                )
            opened.append(descriptor)
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections only wait for their time to pass is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise LauncherError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}.") from None
    return False


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = (
                connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            )
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""
