"""The queue of webhook deliveries: a row stays until it is acknowledged or three days are over."""

import asyncio
import time

import msgspec

from bunmart_dev.stripe_emulator.faults import FaultInjector
from bunmart_dev.stripe_emulator.objects import Event, WebhookEndpoint
from bunmart_dev.stripe_emulator.store import Store

_FIRST_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 30.0
_RETENTION_SECONDS = 3 * 86400.0


class Delivery(msgspec.Struct):
    """One event on its way to one endpoint."""

    seq: int
    event: str
    endpoint: str
    attempts: int
    created: float


class DeliveryQueue:
    """Deliveries that are due now or later."""

    def __init__(self, store: Store, faults: FaultInjector) -> None:
        self._store = store
        self._connection = store.connection
        self._faults = faults
        self._endpoints: list[WebhookEndpoint] = []
        self.changed = asyncio.Event()
        """Set when there is something new to look at."""
        self.refresh()

    def refresh(self) -> None:
        """Read the endpoints again after a change."""
        self._endpoints, _ = self._store.select(
            WebhookEndpoint, ["kind = 'webhook_endpoint'"], (), limit=1000, direction="ASC"
        )

    def receivers(self, event_type: str) -> list[WebhookEndpoint]:
        """Return the endpoints which want events of this type."""
        return [endpoint for endpoint in self._endpoints if endpoint.wants(event_type)]

    def endpoint(self, endpoint_id: str) -> WebhookEndpoint | None:
        """Return an endpoint that is still registered."""
        return next((endpoint for endpoint in self._endpoints if endpoint.id == endpoint_id), None)

    def add(self, event: Event, receivers: list[WebhookEndpoint]) -> None:
        """Queue an event for its receivers, in the transaction which stores it."""
        if not receivers:
            return
        created = time.time()
        due = created + self._faults.faults.webhook_delay_seconds
        rows = [
            (event.id, endpoint.id, created, due)
            for endpoint in receivers
            for _ in range(self._faults.copies())
        ]
        self._connection.executemany(
            "INSERT INTO deliveries (event, endpoint, attempts, created, due) VALUES (?, ?, 0, ?, ?)", rows
        )
        self.changed.set()

    def due(self, moment: float, limit: int) -> list[Delivery]:
        """Return what is due by then, the oldest first."""
        rows = self._connection.execute(
            "SELECT seq, event, endpoint, attempts, created FROM deliveries "
            "WHERE due <= ? ORDER BY due, seq LIMIT ?",
            (moment, limit),
        )
        return [Delivery(*row) for row in rows]

    def next_due(self, moment: float) -> float | None:
        """Return when the next delivery after that moment is due."""
        row = self._connection.execute("SELECT min(due) FROM deliveries WHERE due > ?", (moment,)).fetchone()
        return None if row[0] is None else float(row[0])

    def pending(self, event_id: str) -> int:
        """Return how many deliveries of an event are not acknowledged."""
        row = self._connection.execute(
            "SELECT count(*) FROM deliveries WHERE event = ?", (event_id,)
        ).fetchone()
        return int(row[0])

    def acknowledge(self, delivery: Delivery) -> None:
        """Take a delivery off the queue."""
        self._connection.execute("DELETE FROM deliveries WHERE seq = ?", (delivery.seq,))

    def retry(self, delivery: Delivery) -> float | None:
        """Queue a failed delivery again; return the seconds until then, or None when its time is over."""
        pause = min(_FIRST_RETRY_SECONDS * 2 ** min(delivery.attempts, 10), _LONGEST_RETRY_SECONDS)
        due = time.time() + pause
        if due - delivery.created > _RETENTION_SECONDS:
            self.acknowledge(delivery)
            return None
        self._connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE seq = ?", (due, delivery.seq)
        )
        return float(pause)

    def forget_endpoint(self, endpoint_id: str) -> None:
        """Drop what is queued for an endpoint that is gone."""
        self._connection.execute("DELETE FROM deliveries WHERE endpoint = ?", (endpoint_id,))
        self.refresh()
