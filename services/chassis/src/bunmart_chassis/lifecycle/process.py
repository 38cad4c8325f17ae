"""A service as a process: logs, traces, the event loop."""

import gc
from collections.abc import Callable

import uvloop

from bunmart_chassis.lifecycle.service import Service
from bunmart_chassis.lifecycle.settings import ServiceSettings
from bunmart_chassis.telemetry import configure_logging, configure_tracing


def run_service(name: str, settings: ServiceSettings, build: Callable[[], Service]) -> None:
    """Run a service as a process until SIGTERM or SIGINT; ``__main__.py`` calls it.

    Args:
        name: The bare name.
        settings: Its settings.
        build: Makes the service; called inside the event loop.
    """
    configure_logging(name, settings.log_level)
    configure_tracing(name, ratio=settings.trace_ratio)

    async def main() -> None:
        service = build()
        # All objects that exist now live as long as the process, so the collector need not visit them again
        # and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        await service.run()

    uvloop.run(main())
