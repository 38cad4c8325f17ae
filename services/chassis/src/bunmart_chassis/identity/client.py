"""The client of a REST request: the network that it comes from, and the program that it says it is.

The edge writes the address into ``x-envoy-external-address`` and replaces whatever a client sent there
(https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers). ``x-forwarded-for`` is
not looked at, because a client may begin it.
"""

import ipaddress
from typing import Any

import msgspec
from litestar.connection import ASGIConnection

ADDRESS_HEADER = "x-envoy-external-address"
UNKNOWN = "unknown"
_V6_PREFIX = 64
"""A connection of a household has at least so much for itself: its addresses count as one."""
_MOST_AGENT = 120


class Client(msgspec.Struct, frozen=True):
    """The client of a request.

    Attributes:
        network: The IPv4 address, the /64 of an IPv6 address, or ``unknown`` when no edge was passed.
        shown: The network so that a person recognises it and it names no household: /24 or /48.
        agent: The first printable characters of ``user-agent``.
    """

    network: str
    shown: str
    agent: str


def client_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Client:
    """Read who sends a request."""
    headers = connection.headers
    agent = "".join(each for each in headers.get("user-agent", "") if each.isprintable())[:_MOST_AGENT]
    return Client(*networks_of(headers.get(ADDRESS_HEADER, "")), agent)


def networks_of(address: str) -> tuple[str, str]:
    """Return the network that is counted for an address, and the one that is shown."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return UNKNOWN, UNKNOWN
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return _within(found, _V6_PREFIX), _within(found, 48)
        found = found.ipv4_mapped
    return str(found), _within(found, 24)


def provide_client(request: ASGIConnection[Any, Any, Any, Any]) -> Client:
    """Litestar dependency ``client``: who sends the request."""
    return client_of(request)


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int) -> str:
    return str(ipaddress.ip_interface(f"{address}/{prefix}").network)
