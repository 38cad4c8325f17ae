"""The emulator's objects in SQLite.

Calls are synchronous on the event loop: one takes some ten microseconds, a thread switch would take more.
"""

import contextlib
import sqlite3
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bunmart_dev.stripe_emulator.errors import InvalidRequestError, ResourceMissingError
from bunmart_dev.stripe_emulator.objects import (
    Charge,
    Dispute,
    Event,
    PaymentIntent,
    Refund,
    StripeObject,
    WebhookEndpoint,
)
from bunmart_dev.stripe_emulator.parameters import CreatedRange, ListObjects

_T = TypeVar("_T", PaymentIntent, Charge, Refund, Dispute, Event, WebhookEndpoint)

_KINDS: dict[type[Any], str] = {
    PaymentIntent: "payment_intent",
    Charge: "charge",
    Refund: "refund",
    Dispute: "dispute",
    Event: "event",
    WebhookEndpoint: "webhook_endpoint",
}
_EVENT_RETENTION_SECONDS = 30 * 86400

_SCHEMA = """
PRAGMA journal_mode = WAL;
-- A killed process loses nothing; only a power cut may, which is no loss for test data.
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, ref TEXT, created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_of_ref ON objects (ref, kind, seq) WHERE ref IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, attempts INTEGER NOT NULL,
    created REAL NOT NULL, due REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due, seq);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, fingerprint BLOB NOT NULL, request TEXT NOT NULL,
    status INTEGER NOT NULL, body BLOB NOT NULL, created REAL NOT NULL
) WITHOUT ROWID;
"""


class Store:
    """One SQLite database: a file which survives restarts, or memory."""

    def __init__(self, path: str) -> None:
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self.connection.executescript(_SCHEMA)
        self.connection.execute(
            "DELETE FROM objects WHERE kind = 'event' AND created < ? "
            "AND id NOT IN (SELECT event FROM deliveries)",
            (time.time() - _EVENT_RETENTION_SECONDS,),
        )

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Commit what the block writes, or nothing of it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def get(self, kind: type[_T], object_id: str) -> _T:
        """Return one object.

        Raises:
            ResourceMissingError: There is no such object.
        """
        found = self.find(kind, object_id)
        if found is None:
            raise ResourceMissingError(_KINDS[kind], object_id)
        return found

    def find(self, kind: type[_T], object_id: str) -> _T | None:
        """Return one object, or None."""
        row = self.connection.execute(
            "SELECT body FROM objects WHERE id = ? AND kind = ?", (object_id, _KINDS[kind])
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=kind)

    def raw(self, object_id: str) -> Any | None:
        """Return an object of any kind as plain data, or None."""
        row = self.connection.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def save(self, thing: StripeObject) -> None:
        """Insert or replace an object."""
        match thing:
            case PaymentIntent():
                ref = thing.customer
            case Charge() | Refund():
                ref = thing.payment_intent
            case Event():
                ref = thing.type
            case _:
                ref = None
        self.connection.execute(
            "INSERT INTO objects (id, kind, ref, created, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET ref = excluded.ref, body = excluded.body",
            (thing.id, thing.object, ref, thing.created, msgspec.json.encode(thing).decode()),
        )

    def delete(self, object_id: str) -> None:
        """Forget an object."""
        self.connection.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def page(
        self, kind: type[_T], parameters: ListObjects, refs: Sequence[str] = (), **equal: str | None
    ) -> tuple[list[_T], bool]:
        """Return one page, newest first, and whether there are more.

        Args:
            kind: The kind of the objects.
            parameters: Cursor, limit and range of creation.
            refs: Keep those whose reference (the customer, the intent, the event's type) is one of these.
            **equal: Keep those whose field of that name has this value; None keeps all.
        """
        where = ["kind = ?"]
        values: list[Any] = [_KINDS[kind], *refs]
        if refs:
            where.append(f"ref IN ({', '.join('?' * len(refs))})")
        for name, value in equal.items():
            if value is not None:
                where.append(f"json_extract(body, '$.{name}') = ?")
                values.append(value)
        for operator, bound in _bounds(parameters.created):
            where.append(f"created {operator} ?")
            values.append(bound)
        backwards = parameters.ending_before is not None
        for cursor, operator in ((parameters.starting_after, "<"), (parameters.ending_before, ">")):
            if cursor is not None:
                where.append(f"seq {operator} ?")
                values.append(self._seq(cursor))
        found, more = self.select(kind, where, values, parameters.limit, "ASC" if backwards else "DESC")
        return (found[::-1] if backwards else found), more

    def select(
        self, kind: type[_T], where: Sequence[str], values: Sequence[Any], limit: int, direction: str = "DESC"
    ) -> tuple[list[_T], bool]:
        """Return objects by conditions of SQL, and whether there are more; values only ever as parameters."""
        rows = self.connection.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY seq {direction} LIMIT ?",  # noqa: S608
            (*values, limit + 1),
        ).fetchall()
        return [msgspec.json.decode(body, type=kind) for (body,) in rows[:limit]], len(rows) > limit

    def _seq(self, object_id: str) -> int:
        row = self.connection.execute("SELECT seq FROM objects WHERE id = ?", (object_id,)).fetchone()
        if row is None:
            raise InvalidRequestError(f"No such object: '{object_id}'", code="resource_missing")
        return int(row[0])


def _bounds(created: CreatedRange | int | None) -> list[tuple[str, Any]]:
    if created is None:
        return []
    if isinstance(created, int):
        return [("=", created)]
    operators = {">": created.gt, ">=": created.gte, "<": created.lt, "<=": created.lte}
    return [(operator, bound) for operator, bound in operators.items() if bound is not None]
