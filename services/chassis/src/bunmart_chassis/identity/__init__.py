"""The identity of a REST caller: access tokens, the person behind one, and the guards of routes."""

from bunmart_chassis.identity.access import Access, AccessGuard, AccessSource, Ended
from bunmart_chassis.identity.client import Client, client_of, networks_of, provide_client
from bunmart_chassis.identity.guards import (
    TOKEN_IGNORED,
    principal_of,
    provide_principal,
    provide_visitor,
    requires,
)
from bunmart_chassis.identity.key_file import KeyFile
from bunmart_chassis.identity.principal import Principal, Role
from bunmart_chassis.identity.tokens import LEEWAY_SECONDS, TokenVerifier

__all__ = [
    "LEEWAY_SECONDS",
    "TOKEN_IGNORED",
    "Access",
    "AccessGuard",
    "AccessSource",
    "Client",
    "Ended",
    "KeyFile",
    "Principal",
    "Role",
    "TokenVerifier",
    "client_of",
    "networks_of",
    "principal_of",
    "provide_client",
    "provide_principal",
    "provide_visitor",
    "requires",
]
