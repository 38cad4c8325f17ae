"""Idempotency keys: the header of REST and the metadata of gRPC, both named ``idempotency-key``."""

import hashlib

import msgspec

from bunmart_chassis.errors import InvalidArgumentError

MAX_KEY_LENGTH = 255


class KeyedRequest(msgspec.Struct, frozen=True):
    """A request under an idempotency key.

    Attributes:
        caller: The key's owner; two callers may use the same key.
        method: The RPC, or the HTTP method with its path.
        key: The caller's key.
        digest: SHA-256 of the request: the same key with other bytes is refused.
    """

    caller: str
    method: str
    key: str
    digest: bytes

    @classmethod
    def of(cls, *, caller: str, method: str, key: str, request: bytes) -> "KeyedRequest":
        """Check the key and take the digest of the request's bytes.

        Raises:
            InvalidArgumentError: The key is empty, too long, or cannot be handed on as gRPC metadata.
        """
        return cls(caller, method, check_key(key), hashlib.sha256(request).digest())


def check_key(key: str) -> str:
    """Return the key.

    Raises:
        InvalidArgumentError: It is empty, too long, or cannot be handed on as gRPC metadata.
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError.field("idempotency-key", f"must have 1 to {MAX_KEY_LENGTH} characters")
    if not (key.isascii() and key.isprintable()):
        raise InvalidArgumentError.field("idempotency-key", "must have only printable ASCII characters")
    return key
