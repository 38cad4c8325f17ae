"""gRPC: the server with its interceptor, the status of an error on the wire, and calls to peers."""

from bunmart_chassis.rpc.interceptor import Context, Servicer, create_grpc_server
from bunmart_chassis.rpc.peers import Peers, call_peer
from bunmart_chassis.rpc.status import from_rpc_error, to_status

__all__ = ["Context", "Peers", "Servicer", "call_peer", "create_grpc_server", "from_rpc_error", "to_status"]
