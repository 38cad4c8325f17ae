"""The store of answers by idempotency key, in the service's own database."""

import msgspec
import sqlalchemy as sa

from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.idempotency.keys import KeyedRequest
from bunmart_chassis.storage import Executor
from bunmart_chassis.telemetry import metrics

KEEP_HOURS = 24
"""The number of hours for which an answer can be replayed (Stripe keeps 24)."""
_REFUSALS = 400
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
    """An answer to a call.

    Attributes:
        status: The HTTP status; 0 for an RPC that succeeded.
        content_type: Of a REST answer.
        body: The bytes of the answer.
        replayed: True when it comes from the store.
    """

    status: int
    content_type: str
    body: bytes
    replayed: bool = False

    @property
    def is_refusal(self) -> bool:
        """True when the call was refused: nothing that it wrote may last, and nothing is stored."""
        return self.status >= _REFUSALS


async def read_answer(executor: Executor, request: KeyedRequest) -> StoredAnswer | None:
    """Return the answer that was given to this request before, if any.

    Raises:
        InvalidArgumentError: The key was used with another request (code IDEMPOTENCY_KEY_REUSED).
    """
    record = await executor.fetchrow(_READ, request.caller, request.method, request.key)
    if record is None:
        return None
    if record["request_hash"] != request.digest:
        raise InvalidArgumentError(
            "idempotency-key: was used with a different request; use a new key.",
            code="IDEMPOTENCY_KEY_REUSED",
        )
    metrics.IDEMPOTENT_REPLAYS.labels(request.method).inc()
    return StoredAnswer(record["status"], record["content_type"], record["body"], replayed=True)


async def write_answer(executor: Executor, request: KeyedRequest, answer: StoredAnswer) -> bool:
    """Store an answer; False when a concurrent duplicate has stored its own first."""
    tag = await executor.execute(
        _WRITE,
        request.caller,
        request.method,
        request.key,
        request.digest,
        answer.status,
        answer.content_type,
        answer.body,
    )
    return tag.endswith(" 1")
