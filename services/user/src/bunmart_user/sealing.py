"""Seals the successor of a refresh token, so that only who holds the token can open it."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"bunmart: the successor of a refresh token"
_NONCE_BYTES = 12


def seal(token: str, successor: str) -> bytes:
    """Encrypt a token's successor with a key that is derived from the token."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(token)).encrypt(nonce, successor.encode(), None)


def open_sealed(token: str, sealed: bytes) -> str:
    """Decrypt the successor of a token.

    Raises:
        ValueError: It was sealed with another token, or changed.
    """
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(_key(token)).decrypt(nonce, body, None).decode()
    except InvalidTag:
        raise ValueError("this token does not open it") from None


def _key(token: str) -> bytes:
    # The token is random and has 256 bits, so no salt and no slow function is needed.
    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(token.encode())
