"""Access tokens (JWT, ES256): verified with the public keys of a JWKS file until they expire.

The edge refuses bad tokens already. The service verifies them again, so that it does not depend on the edge.
"""

import json
import logging
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt

from bunmart_chassis.errors import UnauthenticatedError
from bunmart_chassis.identity.principal import Principal

log = logging.getLogger(__name__)
_CACHE_SIZE = 4096
_NO_JWKS = (OSError, ValueError, TypeError, AttributeError, jwt.PyJWTError)  # PyJWK expects a JSON object


class TokenVerifier:
    """Verifies access tokens with the public keys of a JWKS file; remembers the answer until they expire.

    The file is read again when a token names an unknown key id, so keys can rotate without a restart.
    """

    def __init__(self, jwks_file: Path | None, *, issuer: str, audience: str) -> None:
        self._file = jwks_file
        self._issuer = issuer
        self._audience = audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._modified = 0.0
        self._seen: dict[str, tuple[float, Principal]] = {}

    def verify(self, token: str) -> Principal:
        """Return the person who holds the token.

        Raises:
            UnauthenticatedError: It is malformed, expired, not signed by a known key, or not for us.
        """
        known = self._seen.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        claims = self._claims(token)
        try:
            principal = Principal(UUID(claims["sub"]), frozenset(claims.get("roles", ())))
        except (ValueError, TypeError, AttributeError):
            raise UnauthenticatedError("The access token names no user.") from None
        if len(self._seen) >= _CACHE_SIZE:
            self._seen.clear()
        self._seen[token] = (float(claims["exp"]), principal)
        return principal

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key_id = jwt.get_unverified_header(token).get("kid", "")
            key = self._keys.get(key_id) or self._reload().get(key_id)
            if key is None:
                raise UnauthenticatedError("The access token is signed by an unknown key.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["ES256"],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise UnauthenticatedError("The access token has expired.", code="TOKEN_EXPIRED") from None
        except jwt.PyJWTError:
            raise UnauthenticatedError("The access token is not valid.") from None
        return claims

    def _reload(self) -> dict[str, jwt.PyJWK]:
        if self._file is None or not self._file.exists():
            return {}
        modified = self._file.stat().st_mtime
        if modified != self._modified:
            try:
                keys = jwt.PyJWKSet.from_dict(json.loads(self._file.read_text())).keys
            except _NO_JWKS as error:
                log.warning("cannot read %s: %s", self._file, error)
                return {}
            self._keys = {key.key_id: key for key in keys if key.key_id}
            self._modified = modified
            self._seen.clear()
        return self._keys
