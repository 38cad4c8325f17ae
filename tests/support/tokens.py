"""Access tokens as the user service signs them."""

import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ISSUER = "https://bunmart.local"
AUDIENCE = "bunmart-api"


class Tokens:
    """Signing keys and the JWKS file that services verify with.

    Args:
        jwks_file: Where the public keys are written.
    """

    def __init__(self, jwks_file: Path) -> None:
        self.jwks_file = jwks_file
        self._keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.rotate("test-1")

    def rotate(self, key_id: str, *, keep: bool = True) -> None:
        """Sign with a new key from now on; without ``keep`` the earlier keys leave the JWKS file."""
        if not keep:
            self._keys.clear()
        self._keys[key_id] = ec.generate_private_key(ec.SECP256R1())
        self.key_id = key_id
        fresh = self.jwks_file.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": [self.public_jwk(each) for each in self._keys]}))
        fresh.replace(self.jwks_file)

    def private_key(self, key_id: str = "") -> ec.EllipticCurvePrivateKey:
        """The key that signs under an id; the newest by default."""
        return self._keys[key_id or self.key_id]

    def public_jwk(self, key_id: str) -> dict[str, Any]:
        """The public half of a key as a JWK."""
        jwk = json.loads(ECAlgorithm.to_jwk(self._keys[key_id].public_key()))
        return {**jwk, "kid": key_id, "alg": "ES256", "use": "sig"}

    def token(
        self, role: str = "customer", user_id: UUID | str | None = None, *, key_id: str = "", **claims: Any
    ) -> str:
        """Sign an access token.

        Args:
            role: ``customer``, ``kitchen``, ``driver`` or ``admin``.
            user_id: Whose; a new user by default.
            key_id: The key that signs; the newest by default.
            claims: Replace the usual ones; None leaves one out.
        """
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id or uuid4()),
            "roles": [role],
            "iat": now,
            "exp": now + 900,
            **claims,
        }
        key_id = key_id or self.key_id
        wanted = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(wanted, self._keys[key_id], algorithm="ES256", headers={"kid": key_id})

    def auth(self, role: str = "customer", user_id: UUID | str | None = None) -> dict[str, str]:
        """The Authorization header of somebody with a role."""
        return {"authorization": f"Bearer {self.token(role, user_id)}"}
