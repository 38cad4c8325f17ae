"""The idempotency store: https://docs.stripe.com/api/idempotent_requests."""

import time

from bunmart_dev.stripe_emulator.answers import Answer
from bunmart_dev.stripe_emulator.errors import IdempotencyError, InvalidRequestError
from bunmart_dev.stripe_emulator.store import Store

_MAX_KEY_LENGTH = 255
_RETENTION_SECONDS = 24 * 3600


class IdempotencyStore:
    """Answers by idempotency key, kept for a day."""

    def __init__(self, store: Store) -> None:
        self._connection = store.connection
        self._connection.execute(
            "DELETE FROM idempotency_keys WHERE created < ?", (time.time() - _RETENTION_SECONDS,)
        )

    def replay(self, key: str, endpoint: str, fingerprint: bytes) -> Answer | None:
        """Return the answer which the key's first request got, or None when there was none.

        Raises:
            IdempotencyError: The first request was another one.
            InvalidRequestError: The key is too long.
        """
        if len(key) > _MAX_KEY_LENGTH:
            raise InvalidRequestError(f"Idempotency keys can have up to {_MAX_KEY_LENGTH} characters.")
        row = self._connection.execute(
            "SELECT endpoint, fingerprint, request, status, body FROM idempotency_keys WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        first_endpoint, first_fingerprint, request, status, body = row
        hint = f"Try using a key other than '{key}' if you meant to execute a different request."
        if first_endpoint != endpoint:
            raise IdempotencyError(
                "Keys for idempotent requests can only be used for the same endpoint they were first used "
                f"for ('{endpoint}' vs '{first_endpoint}'). {hint}"
            )
        if first_fingerprint != fingerprint:
            raise IdempotencyError(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. {hint}"
            )
        return Answer(status, body, {"Idempotent-Replayed": "true", "Original-Request": request})

    def keep(self, key: str, endpoint: str, fingerprint: bytes, request: str, answer: Answer) -> None:
        """Remember the answer to the key's first request."""
        self._connection.execute(
            "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, endpoint, fingerprint, request, answer.status, answer.body, time.time()),
        )
