"""Idempotency keys for REST (header) and gRPC (metadata): ``idempotency-key``.

The answer to a call is stored in the transaction of its effect under (caller, method, key) and replayed when
the call comes again; another body under the same key is an error. Two calls with one key at the same time:
both do the work, the second to commit finds the first one's answer, rolls its own work back and replays.
Whatever the call writes through its ``Database`` is part of that one transaction, and the call reads it.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import msgspec
import sqlalchemy as sa

from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.telemetry import metrics

if TYPE_CHECKING:
    from bunmart_chassis.storage.database import Database, UnitOfWork

MAX_KEY_LENGTH = 255
KEEP_HOURS = 24
"""How long an answer can be replayed, in hours (Stripe keeps 24)."""

_READ = (
    "SELECT request_hash, status, content_type, body FROM idempotency_keys "
    "WHERE caller = $1 AND method = $2 AND key = $3"
)
_WRITE = (
    "INSERT INTO idempotency_keys (caller, method, key, request_hash, status, content_type, body) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
)


def idempotency_table(metadata: sa.MetaData) -> sa.Table:
    """Declare the store in a service's own database; its migration creates it."""
    return sa.Table(
        "idempotency_keys",
        metadata,
        sa.Column("caller", sa.Text, primary_key=True),
        sa.Column("method", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True
        ),
    )


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer that was given before."""

    status: int
    content_type: str
    body: bytes


def check_key(key: str) -> str:
    """Refuse an empty or over-long key, and one that cannot be handed on as gRPC metadata."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError.field("idempotency-key", f"must have 1 to {MAX_KEY_LENGTH} characters")
    if not (key.isascii() and key.isprintable()):
        raise InvalidArgumentError.field("idempotency-key", "must have only printable ASCII characters")
    return key


class IdempotentCall:
    """One call under an idempotency key: holds its transaction open until the answer is known.

    Args:
        database: Where the effect and the answer are stored.
        caller: Whose key it is.
        method: The RPC or route.
        key: The caller's key.
        request: The request's bytes; the same key with other bytes is INVALID_ARGUMENT.
    """

    def __init__(self, database: "Database", *, caller: str, method: str, key: str, request: bytes) -> None:
        self._database = database
        self._identity = (caller, method, check_key(key))
        self._hash = hashlib.sha256(request).digest()
        self._connection: Any = None
        self._unit: UnitOfWork | None = None
        self._transaction: asyncpg.transaction.Transaction | None = None

    async def stored(self) -> StoredAnswer | None:
        """The answer that was given to this call before, if any.

        Raises:
            InvalidArgumentError: The key was used with another request (code IDEMPOTENCY_KEY_REUSED).
        """
        record = await self._database.fetchrow(_READ, *self._identity)
        if record is None:
            return None
        if record["request_hash"] != self._hash:
            raise InvalidArgumentError(
                "idempotency-key: was used with a different request; use a new key.",
                code="IDEMPOTENCY_KEY_REUSED",
            )
        metrics.IDEMPOTENT_REPLAYS.labels(self._identity[1]).inc()
        return StoredAnswer(record["status"], record["content_type"], record["body"])

    @property
    def unit(self) -> "UnitOfWork | None":
        """The open transaction, once something was written."""
        return self._unit

    @asynccontextmanager
    async def join(self) -> AsyncIterator["UnitOfWork"]:
        """The call's unit of work; opened by the first use case, shared by further ones.

        A block that raises is undone even when the caller goes on: the first with all that there is, a
        further one to its savepoint.
        """
        if self._unit is None:
            unit = await self._begin()
            try:
                yield unit
            except BaseException:
                await self.rollback()
                raise
            return
        with self._unit.jobs_of_block():
            async with self._unit.connection.transaction():
                yield self._unit

    async def _begin(self) -> "UnitOfWork":
        from bunmart_chassis.storage.database import UnitOfWork  # noqa: PLC0415 - db reads the current call from here

        self._connection = await self._database.pool.acquire()
        transaction = self._connection.transaction()
        try:
            await transaction.start()
        except BaseException:
            await self.rollback()
            raise
        self._transaction = transaction
        self._unit = UnitOfWork(cast("asyncpg.Connection", self._connection), serial=True)
        return self._unit

    async def commit(self, answer: StoredAnswer) -> StoredAnswer:
        """Commit effect, jobs and answer together; returns the twin's answer when a twin was faster."""
        unit, transaction = self._unit, self._transaction
        if unit is None or transaction is None:
            return answer
        try:
            await unit.flush()
            tag = await unit.execute(
                _WRITE, *self._identity, self._hash, answer.status, answer.content_type, answer.body
            )
            if tag.endswith(" 1"):
                self._transaction = None
                await transaction.commit()
                return answer
        finally:
            await self.rollback()
        return await self.stored() or answer

    async def rollback(self) -> None:
        """Undo what is not committed and give the connection back."""
        connection, transaction = self._connection, self._transaction
        self._connection = self._transaction = self._unit = None
        if connection is None:
            return
        try:
            if transaction is not None and not connection.is_closed():
                await transaction.rollback()
        finally:
            await self._database.pool.release(connection)
