"""Opaque tokens, for refresh and password reset: random text of which only a hash is stored."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> tuple[str, bytes]:
    """Make a random token and the hash under which it is stored."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    """Hash a token. It has 256 bits of its own, so one round is enough."""
    return hashlib.sha256(token.encode()).digest()
