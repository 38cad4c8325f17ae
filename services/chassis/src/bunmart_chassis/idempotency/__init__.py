"""Idempotency keys: a repeated call gets the answer that was stored with the effect of the first."""

from bunmart_chassis.idempotency.answers import KEEP_HOURS, IdempotentCall, StoredAnswer, idempotency_table

__all__ = ["KEEP_HOURS", "IdempotentCall", "StoredAnswer", "idempotency_table"]
