"""Identifiers: UUIDv7, so that they sort by creation, sent as strings."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562)."""
    return uuid_utils.compat.uuid7()
