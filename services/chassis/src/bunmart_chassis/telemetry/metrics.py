"""Prometheus metrics: rate, errors and duration per route and RPC, and the outbox."""

from prometheus_client import Counter, Gauge, Histogram

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "Time to answer a REST request, in seconds.",
    ["method", "route", "status"],
    buckets=_BUCKETS,
)
GRPC_SECONDS = Histogram(
    "grpc_server_handling_seconds",
    "Time to answer an RPC, in seconds.",
    ["grpc_service", "grpc_method", "grpc_code"],
    buckets=_BUCKETS,
)
JOB_SECONDS = Histogram(
    "job_duration_seconds",
    "Time to run an outbox job, in seconds.",
    ["job", "outcome"],
    buckets=_BUCKETS,
)
OUTBOX_JOBS = Gauge("outbox_jobs", "Jobs in the outbox.", ["job", "status"])
OUTBOX_OLDEST_SECONDS = Gauge("outbox_oldest_seconds", "Age of the oldest job that is due, in seconds.")
IDEMPOTENT_REPLAYS = Counter("idempotent_replays_total", "Answers replayed for a repeated key.", ["method"])
READY = Gauge("service_ready", "1 while the database is migrated and reachable.")
