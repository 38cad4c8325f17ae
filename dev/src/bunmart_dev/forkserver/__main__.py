"""``python -m bunmart_dev.forkserver MODULE``: import ``MODULE.LIBRARIES``, then fork whenever it is asked.

Standard input is a socket. Each line from it is an order: ``{"module", "environment", "log"}``. The answer is
``{"pid"}``; later, when that process has ended, ``{"ended": pid, "code"}``. The process ends with its socket.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import setproctitle

from bunmart_dev.processes import die_with_parent

_UMASK = 0o077


@dataclass(frozen=True)
class Order:
    """The process that a fork becomes."""

    module: str
    environment: dict[str, str]
    log: str


class Server:
    """Takes orders and reports the ends of its children.

    Args:
        connection: To the launcher.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._awake, self._wakeup = socket.socketpair()
        for each in (self._awake, self._wakeup):
            each.setblocking(False)
        self._children: set[int] = set()
        self._die_with_us = die_with_parent(signal.SIGTERM)
        signal.set_wakeup_fd(self._wakeup.fileno())
        # A handler of our own, or the wake-up is not written.
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> Order | None:
        """Serve until the launcher is gone.

        Returns:
            None at that end; in a fork, what it was ordered to be.
        """
        received = b""
        while True:
            ready, _, _ = select.select([self._connection, self._awake], [], [])
            if self._awake in ready:
                self._awake.recv(4096)
                self._report_ends()
            if self._connection in ready:
                chunk = self._connection.recv(65536)
                if not chunk:
                    return None
                *lines, received = (received + chunk).split(b"\n")
                for line in lines:
                    order = Order(**json.loads(line))
                    if self._fork():
                        return order

    def _fork(self) -> bool:
        pid = os.fork()
        if pid:
            self._children.add(pid)
            self._say(pid=pid)
            return False
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (self._connection, self._awake, self._wakeup):
            each.close()
        if self._die_with_us:
            self._die_with_us()
        return True

    def _report_ends(self) -> None:
        for pid in list(self._children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._children.discard(pid)
                self._say(ended=pid, code=os.waitstatus_to_exitcode(status))

    def _say(self, **answer: Any) -> None:
        self._connection.sendall(json.dumps(answer).encode() + b"\n")


def become(order: Order) -> None:
    """Turn a fork into what it would be as a process of its own."""
    os.setsid()
    os.umask(_UMASK)
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for standard in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(log, standard)
    os.close(log)
    os.environ.clear()
    os.environ.update(order.environment)
    setproctitle.setproctitle(f"python -m {order.module}")
    gc.enable()
    del sys.argv[1:]
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Import the libraries and serve."""
    # The first call looks where the environment lies, which the libraries may move.
    setproctitle.setproctitle("python -m bunmart_dev.forkserver")
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # The collector would write to every object, and what is written to is shared no more.
    gc.disable()
    for library in import_module(sys.argv[1]).LIBRARIES:
        import_module(library)
    gc.freeze()
    order = Server(connection).serve()
    if order is not None:
        become(order)


if __name__ == "__main__":
    main()
