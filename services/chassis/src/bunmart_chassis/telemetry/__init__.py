"""Logs, metrics and traces of a service."""

from bunmart_chassis.telemetry import metrics
from bunmart_chassis.telemetry.logs import configure_logging
from bunmart_chassis.telemetry.tracing import configure_tracing, span, trace_headers, trace_id

__all__ = ["configure_logging", "configure_tracing", "metrics", "span", "trace_headers", "trace_id"]
