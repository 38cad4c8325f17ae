"""Access tokens (JWT, ES256): verified with the public keys of a JWKS file until they expire.

The edge refuses bad tokens already. The service verifies them again, so that it does not depend on the edge.
"""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import msgspec

from bunmart_chassis.errors import UnauthenticatedError
from bunmart_chassis.identity.key_file import KeyFile
from bunmart_chassis.identity.principal import Principal

LEEWAY_SECONDS = 30
"""The clocks of the machine that signs and of the one that verifies may differ by so much. The edge allows
the same (``clock_skew_seconds``); a test compares the two."""
_CACHE_SIZE = 4096


class _Claims(msgspec.Struct):
    """The claims that we read, beside those that PyJWT checks."""

    sub: UUID
    exp: float
    roles: frozenset[str] = frozenset()
    sid: UUID | None = None
    cv: int = 0


class TokenVerifier:
    """Verifies access tokens with the public keys of a JWKS file; remembers the answer until they expire.

    The file is looked at every few seconds, and at once when a token names an unknown key id. So keys rotate
    without a restart, and a token of a key that was withdrawn is refused although it was accepted before.
    """

    def __init__(self, jwks_file: Path | None, *, issuer: str, audience: str) -> None:
        self._file = KeyFile(jwks_file)
        self._issuer = issuer
        self._audience = audience
        self._seen: dict[str, tuple[float, Principal]] = {}
        self._seen_with = 0

    def verify(self, token: str) -> Principal:
        """Return the person who holds the token.

        Raises:
            UnauthenticatedError: It is malformed, expired (TOKEN_EXPIRED), not signed by a known key, or not
                for us (401).
        """
        self._file.keys()
        self._forget_if_keys_changed()
        known = self._seen.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        claims = self._claims(token)
        self._forget_if_keys_changed()
        principal = Principal(claims.sub, claims.roles, claims.sid, claims.cv)
        if len(self._seen) >= _CACHE_SIZE:
            self._seen.clear()
        self._seen[token] = (claims.exp + LEEWAY_SECONDS, principal)
        return principal

    def _forget_if_keys_changed(self) -> None:
        if self._seen_with != self._file.changes:
            self._seen_with = self._file.changes
            self._seen.clear()

    def _claims(self, token: str) -> _Claims:
        try:
            key_id = jwt.get_unverified_header(token).get("kid", "")
            key = self._file.keys().get(key_id) or self._file.keys(look=True).get(key_id)
            if key is None:
                raise UnauthenticatedError("The access token is signed by an unknown key.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["ES256"],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub"]},
            )
            return msgspec.convert(claims, _Claims)
        except jwt.ExpiredSignatureError:
            raise UnauthenticatedError("The access token has expired.", code="TOKEN_EXPIRED") from None
        except jwt.PyJWTError:
            raise UnauthenticatedError("The access token is not valid.") from None
        except msgspec.ValidationError:
            raise UnauthenticatedError("The access token names no user.") from None
