"""The life of a small development server: bind one port, serve, stop at once when asked."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import uvicorn
from litestar import Litestar

_GRACE_SECONDS = 0.5


class PortUnavailableError(Exception):
    """A port cannot be bound; the text says which one and how to choose another."""


def listen(host: str, port: int, variable: str) -> socket.socket:
    """Bind and listen on one TCP port.

    Args:
        host: The address to bind.
        port: The port to bind; 0 lets the system choose.
        variable: The environment variable which moves the port, named in the error.

    Raises:
        PortUnavailableError: The port is taken or may not be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is taken by another process" if taken else f"cannot be bound ({error})"
        raise PortUnavailableError(
            f"Port {port} on {host} {reason}; stop that process or set {variable} to a free port."
        ) from error


class DevServer(uvicorn.Server):
    """uvicorn which ends with exit code 0 on SIGTERM and SIGINT and waits for nobody."""

    def __init__(self, app: Litestar, on_stop: Callable[[], None] | None = None) -> None:
        config = uvicorn.Config(app, log_config=None, log_level="warning", access_log=False)
        # uvicorn declares an int and hands it to asyncio.wait_for, which takes fractions.
        config.timeout_graceful_shutdown = _GRACE_SECONDS  # type: ignore[assignment]
        super().__init__(config)
        self._on_stop = on_stop

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on SIGTERM and SIGINT, and do not raise them again afterwards as uvicorn does."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Leave the main loop at its next tick."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Release held requests, then close the connections."""
        if self._on_stop is not None:
            self._on_stop()
        await super().shutdown(sockets)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run the program's coroutine on uvloop where it is installed."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(main)
