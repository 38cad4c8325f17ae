"""Idempotency keys for REST (header) and gRPC (metadata): ``idempotency-key``.

The answer to a call is stored in the transaction of its effect under (caller, method, key) and replayed when
the call comes again; another body under the same key is an error. Two calls with one key at the same time:
both do the work, the second to commit finds the first one's answer, rolls its own work back and replays.
"""

import hashlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, cast

import asyncpg
import msgspec
import sqlalchemy as sa

from bunmart_chassis import metrics
from bunmart_chassis.errors import InvalidArgumentError

if TYPE_CHECKING:
    from bunmart_chassis.db import Database, UnitOfWork

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
    """Refuse an empty or over-long key."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError.field("idempotency-key", f"must have 1 to {MAX_KEY_LENGTH} characters")
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
        self._stack = AsyncExitStack()
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

    async def join(self, database: "Database") -> "UnitOfWork":
        """The call's unit of work; opened by the first use case, shared by further ones."""
        from bunmart_chassis.db import UnitOfWork  # noqa: PLC0415 - db reads the current call from here

        if self._unit is None:
            connection = await self._stack.enter_async_context(database.pool.acquire())
            self._transaction = connection.transaction()
            await self._transaction.start()
            self._unit = UnitOfWork(cast("asyncpg.Connection", connection))
        return self._unit

    async def commit(self, answer: StoredAnswer) -> StoredAnswer:
        """Commit effect, jobs and answer together; returns the twin's answer when a twin was faster."""
        unit, transaction = self._unit, self._transaction
        if unit is None or transaction is None:
            return answer
        async with self._stack:
            try:
                await unit.flush()
                tag = await unit.execute(
                    _WRITE, *self._identity, self._hash, answer.status, answer.content_type, answer.body
                )
            except BaseException:
                await self._abandon()
                raise
            if tag.endswith(" 1"):
                self._transaction = None
                await transaction.commit()
                return answer
            await self._abandon()
        return await self.stored() or answer

    async def rollback(self) -> None:
        """Undo the effect: the call was refused or broke."""
        async with self._stack:
            await self._abandon()

    async def _abandon(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None and self._unit is not None and not self._unit.connection.is_closed():
            await transaction.rollback()
