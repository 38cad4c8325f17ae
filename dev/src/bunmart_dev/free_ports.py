"""Ports of 127.0.0.1 on which nobody listens."""

import contextlib
import random
import socket

_RANGE = range(22000, 32000)
"""Below the ports that the kernel gives to connections, so that none of these takes a port too early;
and above those of ``make up``."""
_TRIES = 200


def free_port() -> int:
    """Find a port on which nobody listens now.

    Raises:
        OSError: There is none.
    """
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Find so many different ports on which nobody listens now.

    Raises:
        OSError: There are not so many.
    """
    found: list[int] = []
    for port in random.sample(_RANGE, _TRIES):
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports")
