"""Gauges of the outbox for Prometheus: how many jobs wait, and how long the oldest one has waited."""

import asyncpg

from bunmart_chassis.telemetry import metrics

_DEPTH = "SELECT entrypoint, status::text, count(*) FROM pgqueuer GROUP BY 1, 2"
_OLDEST = (
    "SELECT coalesce(extract(epoch FROM now() - min(execute_after)), 0) FROM pgqueuer "
    "WHERE status = 'queued' AND execute_after <= now()"
)


async def measure_outbox(pool: asyncpg.Pool) -> None:
    """Set the outbox gauges; called when Prometheus scrapes."""
    metrics.OUTBOX_JOBS.clear()
    for entrypoint, status, count in await pool.fetch(_DEPTH):
        metrics.OUTBOX_JOBS.labels(entrypoint, status).set(count)
    metrics.OUTBOX_OLDEST_SECONDS.set(float(await pool.fetchval(_OLDEST)))
