"""Guards of routes: Litestar dependencies that give the verified principal, and refuse the others."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from bunmart_chassis.errors import PermissionDeniedError, UnauthenticatedError
from bunmart_chassis.identity.principal import Principal, Role

TOKEN_IGNORED = {"token": "ignored"}
"""``opt`` of a route that ignores tokens, even expired ones: signing in, and a provider's webhook."""


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
