"""The identity of a REST caller: access tokens, the person behind one, and the guards of routes."""

from bunmart_chassis.identity.guards import (
    TOKEN_IGNORED,
    principal_of,
    provide_principal,
    provide_visitor,
    requires,
)
from bunmart_chassis.identity.principal import Principal, Role
from bunmart_chassis.identity.tokens import TokenVerifier

__all__ = [
    "TOKEN_IGNORED",
    "Principal",
    "Role",
    "TokenVerifier",
    "principal_of",
    "provide_principal",
    "provide_visitor",
    "requires",
]
