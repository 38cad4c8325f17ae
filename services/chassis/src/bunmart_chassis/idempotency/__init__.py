"""Idempotency keys: a call acts once, and its repeat gets the answer that was stored with the effect."""

from bunmart_chassis.idempotency.answers import KEEP_HOURS, StoredAnswer, idempotency_table
from bunmart_chassis.idempotency.keys import KeyedRequest
from bunmart_chassis.idempotency.once import answer_once

__all__ = ["KEEP_HOURS", "KeyedRequest", "StoredAnswer", "answer_once", "idempotency_table"]
