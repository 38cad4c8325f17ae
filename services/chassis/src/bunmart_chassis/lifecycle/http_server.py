"""The HTTP server of a service: uvicorn, which serves the Litestar application and leaves signals alone."""

import asyncio
import contextlib
import socket

import uvicorn
from litestar import Litestar
from typing_extensions import override

_TICK_SECONDS = 1.0
_PAUSE_SECONDS = 0.005


class HttpServer(uvicorn.Server):
    """A server that stops at once when nothing is under way.

    uvicorn's own loops sleep 0.1 s several times on the way down, and wake up as often while nothing happens.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Close the listeners, let requests under way finish and return from ``serve``."""
        self.should_exit = True
        self._stopping.set()

    @override
    async def main_loop(self) -> None:
        """Renew the ``date`` header every second until the server is stopped."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _TICK_SECONDS)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listeners, wait for what is under way, and cancel what outlasts the grace."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - no events
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel(msg="The grace of the shutdown is over.")


def create_http_server(app: Litestar, *, grace_seconds: float) -> HttpServer:
    """Make the server of a REST application.

    Args:
        app: The application.
        grace_seconds: For requests in flight once it is stopped; 0 waits for all of them.
    """
    return HttpServer(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(grace_seconds) or None,
        )
    )
