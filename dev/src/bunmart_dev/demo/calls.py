"""The calls between parts, read from the access logs of the sidecars."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from grpc import StatusCode

from bunmart_dev.demo.story import Step

FLUSH_SECONDS = 1.3
"""Envoy writes its access logs once a second (``bunmart_dev.local_mesh.envoy``)."""
_STATUS_NAMES = {status.value[0]: status.name for status in StatusCode}
_WEBHOOK_PATH = "/webhooks/stripe"
_INBOUND = ".inbound.access.log"


class _Line(msgspec.Struct):
    """The fields of a line that are read; they are written by ``bunmart_mesh.render.envoy.listeners``."""

    ts: datetime
    service: str
    method: str = ""
    path: str = ""
    peer: str = ""
    code: int = 0
    grpc_status: int | None = None
    traceparent: str = ""
    duration_ms: int = 0


@dataclass(frozen=True)
class Call:
    """One call between parts.

    Attributes:
        trace_id: 32 hexadecimal digits; empty for a webhook, which comes from outside.
        at: The time at which it began, in seconds since the epoch.
        caller: A part, or ``Stripe``.
        what: The RPC, or method and path.
        status: ``OK`` or another gRPC status, or the HTTP status.
        ms: Milliseconds until the callee answered.
    """

    trace_id: str
    at: float
    caller: str
    callee: str
    what: str
    is_grpc: bool
    status: str
    ms: int


@dataclass
class AccessLogs:
    """Reads what is written from now on.

    Attributes:
        folder: Of the ``<part>.inbound.access.log`` files.
    """

    folder: Path
    _offsets: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._offsets = {path: path.stat().st_size for path in self._files()}

    @property
    def exist(self) -> bool:
        """True when there is anything to read."""
        return any(True for _ in self._files())

    def _files(self) -> Iterable[Path]:
        return self.folder.glob(f"*{_INBOUND}")

    def read(self) -> list[Call]:
        """Return the calls that were written since the last time, in no order."""
        decode = msgspec.json.Decoder(_Line).decode
        found = []
        for path in self._files():
            for line in self._new_lines(path):
                try:
                    call = _call(decode(line))
                except msgspec.DecodeError:
                    continue
                if call is not None:
                    found.append(call)
        return found

    def _new_lines(self, path: Path) -> list[bytes]:
        with path.open("rb") as file:
            file.seek(self._offsets.get(path, 0))
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offsets[path] = self._offsets.get(path, 0) + len(whole)
        return whole.splitlines()


def _call(line: _Line) -> Call | None:
    caller = line.peer.rpartition("/")[2]
    is_grpc = line.grpc_status is not None or line.path.startswith("/bunmart.")
    if caller == "edge":
        # What the edge forwards is the person's own request, but for what the payment provider sends.
        if line.path != _WEBHOOK_PATH:
            return None
        caller = "Stripe"
    path = line.path.partition("?")[0]
    return Call(
        trace_id="".join(line.traceparent.split("-")[1:2]),
        at=line.ts.timestamp(),
        caller=caller,
        callee=line.service,
        what=path.rpartition("/")[2] if is_grpc else f"{line.method} {path}",
        is_grpc=is_grpc,
        status=_status(line),
        ms=line.duration_ms,
    )


def _status(line: _Line) -> str:
    if line.grpc_status is None:
        return str(line.code)
    return _STATUS_NAMES.get(line.grpc_status, str(line.grpc_status))


class Calls:
    """The calls of a story, step by step."""

    def __init__(self) -> None:
        self._step_of_trace: dict[str, int] = {}
        self._of_step: dict[int, list[Call]] = {}
        self._unclaimed: list[Call] = []

    def add(self, calls: Iterable[Call], steps: Sequence[Step]) -> None:
        """Give each call to the step whose trace it is part of.

        What the payment provider's webhook causes has a trace of its own. Such a trace belongs to the step in
        which the webhook is waited for; somebody else's payment in the same second would be shown there, too.
        """
        self._step_of_trace.update({step.trace_id: step.number for step in steps})
        unclaimed, self._unclaimed = self._unclaimed, []
        for call in sorted([*unclaimed, *calls], key=lambda each: each.at):
            number = self._step_of_trace.get(call.trace_id) or _webhook_step(call, steps)
            if not number:
                self._unclaimed.append(call)
                continue
            if call.trace_id:
                self._step_of_trace[call.trace_id] = number
            self._of_step.setdefault(number, []).append(call)

    def of(self, step: Step) -> list[Call]:
        """The calls of a step, in the order in which they began."""
        return sorted(self._of_step.get(step.number, []), key=lambda call: call.at)

    @property
    def all(self) -> list[Call]:
        """All calls of the story."""
        return [call for calls in self._of_step.values() for call in calls]


def _webhook_step(call: Call, steps: Sequence[Step]) -> int:
    if call.caller not in {"Stripe", "payment"}:
        return 0
    for before, step in itertools.pairwise(steps):
        # The provider is faster than whoever waits for it: its call may begin during the step before.
        if step.webhook and before.started <= call.at and (not step.ended or call.at <= step.ended):
            return step.number
    return 0
