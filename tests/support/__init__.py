"""What the tests of all services share: Postgres, a running service, fake peers, tokens, error helpers."""

from tests.support.databases import Databases
from tests.support.errors import RpcError, problem, rpc_error
from tests.support.makefile import make_targets, make_variable
from tests.support.outbox import HeldJobError, OutboxBusyError
from tests.support.paging import read_pages
from tests.support.peers import FakePeers, PeerCall
from tests.support.ports import free_system_ports
from tests.support.services import NO_AUTHORITIES, ServiceHarness, StartService
from tests.support.tokens import Tokens
from tests.support.waiting import until

__all__ = [
    "NO_AUTHORITIES",
    "Databases",
    "FakePeers",
    "HeldJobError",
    "OutboxBusyError",
    "PeerCall",
    "RpcError",
    "ServiceHarness",
    "StartService",
    "Tokens",
    "free_system_ports",
    "make_targets",
    "make_variable",
    "problem",
    "read_pages",
    "rpc_error",
    "until",
]
