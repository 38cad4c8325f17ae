"""JSON logs on stdout, each line with the request and trace it belongs to."""

import logging
import sys

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from bunmart_chassis.context import current
from bunmart_chassis.telemetry.tracing import trace_id


class _CallFilter(logging.Filter):
    """Adds the facts of the current call. Bodies, tokens and card data are never logged."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def filter(self, record: logging.LogRecord) -> bool:
        record.service = self._service
        if call := current():
            record.request_id = call.request_id
            record.method = call.method
            record.caller = call.caller
            record.trace_id = trace_id()
        return True


def configure_logging(service: str, level: str) -> None:
    """Send the root logger to stdout as JSON; call once, before anything else.

    Args:
        service: The service's name.
        level: A level of the standard library, ``INFO``.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            reserved_attrs=[
                *RESERVED_ATTRS,
                "color_message",
            ],  # uvicorn's own message a second time, in colour for terminals
        )
    )
    handler.addFilter(_CallFilter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "pgqueuer", "alembic", "httpx", "stripe", "asyncio", "grpc"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
