"""OpenTelemetry traces through REST, gRPC and jobs (W3C Trace Context)."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("bunmart")


def configure_tracing(service: str, *, ratio: float) -> None:
    """Install the tracer; spans are exported when ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set.

    Args:
        service: ``service.name`` of the spans.
        ratio: Share of the traces begun here that is sampled (0 to 1); a caller's decision is kept.
    """
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}), sampler=ParentBased(TraceIdRatioBased(ratio))
    )
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415 - 100 ms of imports
            OTLPSpanExporter,
        )

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, kind: trace.SpanKind, headers: Mapping[str, str]) -> Iterator[trace.Span]:
    """Open the span of an inbound call as a child of the one in ``headers``; exceptions are recorded."""
    parent = _PROPAGATOR.extract(headers, context=context.Context())
    with _TRACER.start_as_current_span(name, context=parent, kind=kind) as opened:
        yield opened


def trace_headers() -> dict[str, str]:
    """``traceparent`` (and ``tracestate``) of the current span, for the next hop."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def trace_id() -> str:
    """The current trace id in hexadecimal, or an empty string."""
    found = trace.get_current_span().get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else ""
