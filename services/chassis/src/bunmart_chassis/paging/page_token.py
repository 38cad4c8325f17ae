"""Page tokens: the key of the last row of a page, opaque to the reader."""

import base64
import binascii
from typing import Any

import msgspec

from bunmart_chassis.errors import InvalidArgumentError


def encode_token(key: object) -> str:
    """Write the key of the last row as a token."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_token(token: str, kind: Any) -> Any:
    """Read a token back as ``kind``, such as ``UUID`` or a tuple of types.

    Raises:
        InvalidArgumentError: It is not a token of this list (``page_token``).
    """
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise InvalidArgumentError.field("page_token", "is not a token of this list") from None
