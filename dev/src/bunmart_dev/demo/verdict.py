"""Compares the calls that were seen with the call policy."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from bunmart_mesh.policy import Policy

from bunmart_dev.demo.calls import Call

OPTIONAL = {
    ("cart", "notification", "SendNotification"): "optional: for an abandoned cart",
    ("order", "payment", "GetPaymentStatus"): "only when a payment's notice is lost",
    ("kitchen", "notification", "SendNotification"): "optional",
    ("shipping", "user", "GetUser"): "optional",
    ("review", "order", "ValidateOrderDeliveredForUser"): "optional",
}
"""Rows of the call policy that a story without trouble may do without, and the reasons."""

ACCESS = {
    "CheckAccess": "only before staff changes something",
    "ListEndedAccess": "each 20 seconds, apart from any request",
}
"""RPCs that every service has for access that ends, and when it uses them."""

Row = tuple[str, str, str]


class Count(NamedTuple):
    """The calls of one RPC by one part."""

    caller: str
    callee: str
    rpc: str
    times: int
    failed: int
    """Those of them that were not answered with OK."""


class Verdict(NamedTuple):
    """The result of the comparison.

    Attributes:
        counts: gRPC calls by caller, callee and RPC.
        forbidden: Calls that the policy does not allow, as sentences.
        unseen: Rows of the policy that were not seen, and the reason; empty where there is no excuse.
    """

    counts: list[Count]
    forbidden: list[str]
    unseen: dict[Row, str]

    @property
    def missing(self) -> list[Row]:
        """Rows that had to be seen."""
        return [row for row, reason in self.unseen.items() if not reason]


def judge(calls: Iterable[Call], policy: Policy) -> Verdict:
    """Compare calls with the policy."""
    found = list(calls)
    seen: Counter[Row] = Counter()
    failed: Counter[Row] = Counter()
    for call in found:
        if call.is_grpc:
            row = (call.caller, call.callee, call.what)
            seen[row] += 1
            failed[row] += call.status != "OK"
    table = [(call.caller, call.callee, rpc) for call in policy.grpc for rpc in call.rpcs]
    forbidden = [f"{row[0]} may not call {row[2]} of {row[1]}" for row in seen if row not in table]
    forbidden += [
        f"{call.caller} may not ask {call.callee} for {call.what}"
        for call in found
        if not call.is_grpc and call.caller in policy.names and not _may_read(call, policy)
    ]
    return Verdict(
        counts=[Count(*row, times=seen[row], failed=failed[row]) for row in table if row in seen],
        forbidden=sorted(set(forbidden)),
        unseen={row: OPTIONAL.get(row) or ACCESS.get(row[2], "") for row in table if row not in seen},
    )


def _may_read(call: Call, policy: Policy) -> bool:
    method, _, path = call.what.partition(" ")
    return any(
        method in granted.methods and any(_covers(pattern, path) for pattern in granted.paths)
        for granted in policy.rest_calls(call.caller, call.callee)
    )


def _covers(pattern: str, path: str) -> bool:
    base = pattern.removesuffix("/*")
    return path == base or (pattern != base and path.startswith(f"{base}/"))
