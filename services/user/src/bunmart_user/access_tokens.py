"""Access tokens: JWT signed with ES256, and the public keys that verify them (JWKS, RFC 7517)."""

import logging
import time
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import jwt
import msgspec
from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.ids import new_id
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

log = logging.getLogger(__name__)
_ALGORITHM = "ES256"


class SigningKey(NamedTuple):
    """A private key and the key id under which its public half is published."""

    key_id: str
    private: ec.EllipticCurvePrivateKey


class KeyRing:
    """The signing keys of a folder, ``<kid>.pem``; the last by name signs.

    The folder is looked at again whenever it changed, so keys rotate without a restart: add the new public
    key everywhere first, then the private one.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._state: tuple[tuple[str, int], ...] = ()
        self._keys: list[SigningKey] = []

    def keys(self) -> list[SigningKey]:
        """All keys by name."""
        if self._folder is None:
            return []
        paths = sorted(self._folder.glob("*.pem"))
        state = tuple((path.name, path.stat().st_mtime_ns) for path in paths)
        if state != self._state:
            self._keys = [key for path in paths if (key := _load(path)) is not None]
            self._state = state
        return self._keys

    def signing_key(self) -> SigningKey:
        """The key that signs now (UNAVAILABLE without one)."""
        keys = self.keys()
        if not keys:
            raise UnavailableError("Nobody can sign in at the moment.", code="SIGNING_KEY_MISSING")
        return keys[-1]

    def jwks(self) -> bytes:
        """The public halves as a JWK Set."""
        return msgspec.json.encode({"keys": [_public_jwk(key) for key in self.keys()]})


class AccessTokens:
    """Issues access tokens.

    Args:
        keys: What signs them.
        issuer: ``iss``.
        audience: ``aud``.
        seconds: How long they are good for.
    """

    def __init__(self, keys: KeyRing, *, issuer: str, audience: str, seconds: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self.seconds = seconds

    def issue(self, user_id: UUID, roles: list[str]) -> str:
        """Sign a token for a user with these roles."""
        key = self._keys.signing_key()
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "roles": roles,
            "iat": now,
            "exp": now + self.seconds,
            "jti": str(new_id()),
        }
        return jwt.encode(claims, key.private, algorithm=_ALGORITHM, headers={"kid": key.key_id})


def _load(path: Path) -> SigningKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s is no private key: %s", path.name, error)
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        log.warning("%s is no key for %s", path.name, _ALGORITHM)
        return None
    return SigningKey(path.stem, key)


def _public_jwk(key: SigningKey) -> dict[str, str]:
    jwk: dict[str, str] = ECAlgorithm.to_jwk(key.private.public_key(), as_dict=True)
    return {**jwk, "kid": key.key_id, "use": "sig", "alg": _ALGORITHM}
