"""Secrets that are made once and kept in the state folder: passwords, the webhook secret, signing keys."""

import json
import secrets
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from bunmart_dev.private_files import write_private


class SecretStore:
    """Generated secrets in one private file.

    Args:
        path: The JSON file; made when the first secret is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, name: str, prefix: str = "") -> str:
        """Return the secret of that name, generated at the first question.

        Args:
            name: For example ``database/order``.
            prefix: The beginning of a generated secret, for example ``whsec_``.
        """
        if name not in self._values:
            self._values[name] = prefix + secrets.token_urlsafe(24)
            write_private(self.path, json.dumps(self._values, indent=1).encode())
        return self._values[name]


def ensure_token_keys(folder: Path, jwks_file: Path) -> None:
    """Make a first signing key if there is none, and publish all keys' public halves.

    Args:
        folder: ES256 keys, ``<key id>.pem``. The last by name signs, so a key id is its birth time.
        jwks_file: The file of the JWKS (RFC 7517).
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.pem")):
        key_id, pem = new_token_key()
        write_private(folder / f"{key_id}.pem", pem)
    public = [public_jwk(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.pem"))]
    # Replaced as a whole: services read it whenever they meet a key id that they do not know.
    draft = jwks_file.with_suffix(".new")
    draft.write_text(json.dumps({"keys": public}, indent=1))
    draft.replace(jwks_file)


def new_token_key() -> tuple[str, bytes]:
    """Return the id and the PEM of a new ES256 key; the id is its birth time, in UTC."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), pem


def public_jwk(key_id: str, pem: bytes) -> dict[str, str]:
    """Return the public half of a signing key as a JWK (RFC 7517).

    Raises:
        TypeError: It is not an elliptic curve key.
    """
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key_id} is not an elliptic curve key")
    jwk: dict[str, str] = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "kid": key_id, "use": "sig", "alg": "ES256"}
