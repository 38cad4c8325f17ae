"""The HTTP server of a service: uvicorn, which serves the Litestar application and leaves signals alone."""

import contextlib

import uvicorn
from litestar import Litestar


def create_http_server(app: Litestar, *, grace_seconds: float) -> uvicorn.Server:
    """Make the server of a REST application.

    Args:
        app: The application.
        grace_seconds: The time that requests in flight have once ``should_exit`` is set; 0 waits for all of
            them.
    """
    server = uvicorn.Server(
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
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
    return server
