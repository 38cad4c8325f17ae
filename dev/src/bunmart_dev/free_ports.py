"""Ports of 127.0.0.1 on which nobody listens."""

import atexit
import collections
import random
import socket

_RANGE = range(22000, 32000)
"""Below the ports that the kernel gives to connections, so that none of these takes a port too early;
and above those of ``make up``."""
_TRIES = 200
_MOST_KEPT = 100
_KEPT: collections.deque[socket.socket] = collections.deque()
"""The last ports that were found, kept for this process by the UDP port of the same number, which nothing
uses: until somebody listens on a port, another process that looks for one would find it free too."""


def free_port() -> int:
    """Find a port on which nobody listens now, and that no other process has just found.

    Raises:
        OSError: There is none.
    """
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Find so many different ports, each as ``free_port``.

    Raises:
        OSError: There are not so many.
    """
    found: list[int] = []
    for port in random.sample(_RANGE, _TRIES):
        if _keep(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports")


@atexit.register
def _forget() -> None:
    while _KEPT:
        _KEPT.pop().close()


def _keep(port: int) -> bool:
    kept = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        kept.bind(("127.0.0.1", port))
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        kept.close()
        return False
    if len(_KEPT) == _MOST_KEPT:
        _KEPT.popleft().close()
    _KEPT.append(kept)
    return True
