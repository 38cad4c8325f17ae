"""gRPC: the server with its interceptor, the status of an error on the wire, and calls to peers.

A servicer method gets the unit of work of its call by ``unit_of(context)``.
"""

from bunmart_chassis.rpc.access import UserServiceAccess
from bunmart_chassis.rpc.call_context import Context, unit_of
from bunmart_chassis.rpc.peers import Peers, call_peer
from bunmart_chassis.rpc.server import Servicer, create_grpc_server
from bunmart_chassis.rpc.status import from_rpc_error, to_status

__all__ = [
    "Context",
    "Peers",
    "Servicer",
    "UserServiceAccess",
    "call_peer",
    "create_grpc_server",
    "from_rpc_error",
    "to_status",
    "unit_of",
]
