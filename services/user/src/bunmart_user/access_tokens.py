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
_NO_JWKS = (OSError, ValueError, TypeError, AttributeError, jwt.PyJWTError)  # PyJWK expects a JSON object


class SigningKey(NamedTuple):
    """A private key and the key id under which its public half is published."""

    key_id: str
    private: ec.EllipticCurvePrivateKey


class KeyRing:
    """The signing keys of a folder, ``<kid>.pem``; the last by name signs.

    Folder and file are looked at again whenever they changed, so keys rotate without a restart: add the new
    public key to the file first, so that all who verify learn it, then the private one to the folder.

    Args:
        folder: The private keys. None: nobody can sign in.
        announced: A JWK Set of public keys that are published too, before they sign and after.
    """

    def __init__(self, folder: Path | None, announced: Path | None = None) -> None:
        self._folder = folder
        self._state: tuple[tuple[str, int], ...] = ()
        self._keys: list[SigningKey] = []
        self._announced = AnnouncedKeys(announced)

    def keys(self) -> list[SigningKey]:
        """Return all keys, sorted by name."""
        if self._folder is None:
            return []
        paths = sorted(self._folder.glob("*.pem"))
        state = tuple((path.name, path.stat().st_mtime_ns) for path in paths)
        if state != self._state:
            self._keys = [key for path in paths if (key := _load(path)) is not None]
            self._state = state
        return self._keys

    def signing_key(self) -> SigningKey:
        """Return the key that signs now.

        Raises:
            UnavailableError: There is none (SIGNING_KEY_MISSING).
        """
        keys = self.keys()
        if not keys:
            raise UnavailableError("Nobody can sign in at the moment.", code="SIGNING_KEY_MISSING")
        return keys[-1]

    def jwks(self) -> bytes:
        """Write the announced keys and the public halves of the signing ones as a JWK Set."""
        keys = self._announced.read()
        keys.update({key.key_id: key.private.public_key() for key in self.keys()})
        return msgspec.json.encode({"keys": [_public_jwk(each, keys[each]) for each in sorted(keys)]})


class AnnouncedKeys:
    """The public keys of a JWKS file (``BUNMART_JWKS_FILE``), which every service verifies with.

    Args:
        path: The file. None: there are none.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._modified: int | None = None
        self._keys: dict[str, ec.EllipticCurvePublicKey] = {}

    def read(self) -> dict[str, ec.EllipticCurvePublicKey]:
        """Return the keys by key id. A file that cannot be read is logged once and changes nothing."""
        if self._path is None:
            return {}
        try:
            modified = self._path.stat().st_mtime_ns
        except OSError:
            return {}
        if modified != self._modified:
            self._modified = modified
            try:
                self._keys = _public_keys(self._path.read_bytes())
            except _NO_JWKS as error:
                log.warning("%s is no JWK Set: %s", self._path.name, error)
        return dict(self._keys)


class AccessTokens:
    """Issues access tokens.

    Args:
        keys: The keys that sign them.
        issuer: ``iss``.
        audience: ``aud``.
        seconds: Their lifetime; ``exp``.
    """

    def __init__(self, keys: KeyRing, *, issuer: str, audience: str, seconds: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self.seconds = seconds

    def issue(self, user_id: UUID, roles: list[str]) -> str:
        """Sign a token for a user with these roles.

        Raises:
            UnavailableError: There is no key that signs (SIGNING_KEY_MISSING).
        """
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


def _public_keys(document: bytes) -> dict[str, ec.EllipticCurvePublicKey]:
    found = jwt.PyJWKSet.from_json(document.decode()).keys
    return {
        each.key_id: each.key
        for each in found
        if each.key_id and isinstance(each.key, ec.EllipticCurvePublicKey)
    }


def _public_jwk(key_id: str, key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    jwk: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {**jwk, "kid": key_id, "use": "sig", "alg": _ALGORITHM}
