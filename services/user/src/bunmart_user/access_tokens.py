"""Access tokens: JWT signed with ES256, and the public keys that verify them (JWKS, RFC 7517)."""

import logging
import time
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import jwt
import msgspec
from bunmart_chassis.errors import UnavailableError
from bunmart_chassis.identity import KeyFile
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
    """The signing keys of a folder, ``<kid>.pem``; the last by name whose public half is announced signs.

    Folder and file are looked at again when they change, so keys rotate without a restart: add the new public
    key to the file first, so that all who verify learn it, then the private one to the folder. A key that
    leaves the file is withdrawn: it signs nothing and is not published, although its private half may still
    be there.

    Args:
        folder: The private keys. None: nobody can sign in.
        announced: A JWK Set, the file that every service verifies with. None: all keys of the folder count.
    """

    def __init__(self, folder: Path | None, announced: Path | None = None) -> None:
        self._folder = folder
        self._state: tuple[tuple[str, int], ...] = ()
        self._keys: list[SigningKey] = []
        self._announced = KeyFile(announced)

    def keys(self) -> list[SigningKey]:
        """Return all keys of the folder, sorted by name."""
        if self._folder is None:
            return []
        paths = sorted(self._folder.glob("*.pem"))
        state = tuple((path.name, _modified(path)) for path in paths)
        if state != self._state:
            self._keys = [key for path in paths if (key := _load(path)) is not None]
            self._state = state
        return self._keys

    def signing_key(self) -> SigningKey:
        """Return the key that signs now.

        Raises:
            UnavailableError: There is none, or none that is announced (SIGNING_KEY_MISSING).
        """
        announced = self._public_keys()
        usable = [key for key in self.keys() if not announced or _is_among(key, announced)]
        if not usable:
            raise UnavailableError("Nobody can sign in at the moment.", code="SIGNING_KEY_MISSING")
        return usable[-1]

    def jwks(self) -> bytes:
        """Write the announced keys, or without a file the public halves of the signing ones, as a JWK Set."""
        keys = self._public_keys() or {key.key_id: key.private.public_key() for key in self.keys()}
        return msgspec.json.encode({"keys": [_public_jwk(each, keys[each]) for each in sorted(keys)]})

    def _public_keys(self) -> dict[str, ec.EllipticCurvePublicKey]:
        found = self._announced.keys(look=True)
        return {
            key_id: each.key
            for key_id, each in found.items()
            if isinstance(each.key, ec.EllipticCurvePublicKey)
        }


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

    def issue(self, user_id: UUID, roles: list[str], *, session_id: UUID, version: int) -> str:
        """Sign a token.

        Args:
            user_id: The user (``sub``).
            roles: The roles of the user now.
            session_id: The session that it belongs to (``sid``).
            version: The version of the user's credentials (``cv``).

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
            "sid": str(session_id),
            "cv": version,
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


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it left between the two looks
        return 0


def _is_among(key: SigningKey, announced: dict[str, ec.EllipticCurvePublicKey]) -> bool:
    public = announced.get(key.key_id)
    return public is not None and public.public_numbers() == key.private.public_key().public_numbers()


def _public_jwk(key_id: str, key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    jwk: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {**jwk, "kid": key_id, "use": "sig", "alg": _ALGORITHM}
