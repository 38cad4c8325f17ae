"""Who is calling over REST: access tokens (JWT, ES256) and what a role may do.

The edge refuses bad tokens already; the service verifies again, because it is the service that acts.
"""

import enum
import json
import logging
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from bunmart_chassis.errors import PermissionDeniedError, UnauthenticatedError

log = logging.getLogger(__name__)
_CACHE_SIZE = 4096
_NO_JWKS = (OSError, ValueError, TypeError, AttributeError, jwt.PyJWTError)  # PyJWK expects a JSON object
TOKEN_IGNORED = {"token": "ignored"}
"""``opt`` of a route that must work with an expired token in hand: signing in, and what providers call."""


class Role(enum.StrEnum):
    """What a person may do; admins may do everything."""

    CUSTOMER = "customer"
    KITCHEN = "kitchen"
    DRIVER = "driver"
    ADMIN = "admin"


class Principal(msgspec.Struct, frozen=True):
    """The person behind an access token."""

    user_id: UUID
    roles: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """Whether every door is open."""
        return Role.ADMIN in self.roles

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles, or admin, is held."""
        return self.is_admin or not self.roles.isdisjoint(roles)

    def require_self(self, user_id: UUID) -> None:
        """Refuse unless this is the person's own thing, or an admin asks (PERMISSION_DENIED, 403)."""
        if self.user_id != user_id and not self.is_admin:
            raise PermissionDeniedError("This belongs to somebody else.")


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
        """Return who holds the token.

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


def principal_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal | None:
    """The verified principal of a request, or None for an anonymous one."""
    found: Principal | None = connection.scope.get("user")
    return found


def provide_principal(scope: dict[str, Any]) -> Principal:
    """Litestar dependency ``principal``: the signed-in person, or 401."""
    found: Principal | None = scope.get("user")
    if found is None:
        raise UnauthenticatedError("Sign in first: send an access token as Authorization: Bearer.")
    return found


def provide_visitor(scope: dict[str, Any]) -> Principal | None:
    """Litestar dependency ``visitor``: the signed-in person, or None."""
    found: Principal | None = scope.get("user")
    return found


def requires(*roles: Role) -> Guard:
    """A guard that lets only holders of one of the roles (or admins) pass: 401 without a token, else 403."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        principal = provide_principal(connection.scope)  # type: ignore[arg-type]
        if not principal.has(*roles):
            raise PermissionDeniedError(f"Only for {' or '.join(roles)}.")

    return guard
