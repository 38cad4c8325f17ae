"""The call that is being served: its caller, its deadline, its idempotency key.

REST middleware, the gRPC interceptor and the job worker each open one; logs and calls to peers read it. It
lives in a context variable, so that use cases need not hand it through. A transaction does not live there: a
use case receives its unit of work as an argument.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

DEFAULT_DEADLINE_SECONDS = 10.0


class Call(msgspec.Struct, kw_only=True):
    """One inbound request or job.

    Attributes:
        method: ``/package.Service/Rpc``, ``POST /api/orders`` or ``job:Name``.
        caller: SPIFFE service name behind the sidecar's certificate, ``user:<id>``, or ``local``.
        request_id: ``x-request-id``, made by the edge or, without one, by the chassis.
        deadline: The monotonic time, in seconds, after which nobody waits for the answer.
        idempotency_key: The caller's key, if it sent one.
    """

    method: str
    caller: str = "local"
    request_id: str = ""
    deadline: float = 0.0
    idempotency_key: str | None = None

    def remaining(self) -> float:
        """The seconds until the deadline; never negative."""
        return max(0.0, self.deadline - time.monotonic())


_CURRENT: ContextVar[Call | None] = ContextVar("bunmart_call", default=None)


@contextmanager
def serving(call: Call) -> Iterator[None]:
    """Make a call the current one for as long as the block runs."""
    token = _CURRENT.set(call)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Call | None:
    """The call being served in this task, if any."""
    return _CURRENT.get()


def deadline_in(seconds: float = DEFAULT_DEADLINE_SECONDS) -> float:
    """The monotonic instant that lies so many seconds ahead."""
    return time.monotonic() + seconds


def caller_from_certificate(header: str | None) -> str | None:
    """Read the service name from the sidecar's ``x-forwarded-client-cert``.

    The inbound sidecar replaces whatever a client sent (Envoy: SANITIZE_SET), so the last URI in it
    is the peer's.
    """
    if not header or "URI=spiffe://" not in header:
        return None
    return header.rsplit("URI=spiffe://", 1)[1].split(";", 1)[0].split(",", 1)[0].rsplit("/", 1)[-1]
