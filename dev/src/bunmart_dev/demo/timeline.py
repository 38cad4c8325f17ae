"""The story for people: steps, the calls that followed from them, and what is to be said at the end."""

import itertools
import re
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from bunmart_dev.demo.calls import Call
from bunmart_dev.demo.story import Step
from bunmart_dev.demo.verdict import Verdict
from bunmart_dev.shop_client import Answer

WIDTH = 100
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{6}([0-9a-f]{6})")
_ORIGIN = re.compile(r"^https?://[^/]+")
_RESULT = 16
"""Columns at the right: status and milliseconds."""


class Timeline:
    """Writes to a console; colour only where that is a terminal.

    Args:
        console: The console; by default standard output.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def step(self, step: Step, calls: Sequence[Call]) -> None:
        """Write a step, its requests, the calls that followed, and the order's state."""
        self._line(f"{step.number:>3}  {step.who}: {step.title}", style="bold")
        for _, alike in itertools.groupby(step.requests, key=_kind):
            self._requests(list(alike))
        for call in calls:
            self._call(call, step)
        for wait in step.waits:
            looks = "at the first look" if wait.looks == 1 else f"after {wait.seconds:.2f} s"
            self._line(f"       … {wait.what}: {looks}", style="dim")
        if step.order_status:
            self._line(f"       order: {step.order_status}", style="cyan")

    def late(self, step: Step, calls: Sequence[Call]) -> None:
        """Write calls that came after their step was written."""
        self._line(f"     later, from step {step.number} ({step.who}: {step.title}):", style="dim")
        for call in calls:
            self._call(call, step)

    def verdict(self, verdict: Verdict) -> None:
        """Write the sums, and what was not seen."""
        total = sum(count.times for count in verdict.counts)
        self._line()
        self._line(f"{total} gRPC calls, every one of a pair that the call policy allows", style="bold")
        for count in verdict.counts:
            failed = f"   {count.failed} not OK" if count.failed else ""
            self._line(
                f"  {f'{count.caller} → {count.callee}':<26}{count.rpc:<34}{count.times:>4}{failed}",
                style="yellow" if failed else "",
            )
        if verdict.unseen:
            self._line("Rows of the call policy that this story does without", style="bold")
        for (caller, callee, rpc), reason in verdict.unseen.items():
            self._line(f"  {f'{caller} → {callee}':<26}{rpc:<34}{reason}", style="dim")

    def say(self, text: str, style: str = "") -> None:
        """Write a sentence."""
        self._line(text, style=style)

    def _requests(self, alike: Sequence[Answer]) -> None:
        first = alike[0]
        what = f"       {first.method} {shorten(first.path)}"
        if len(alike) > 1:
            what += f" and {len(alike) - 1} more like it"
        attempts = sum(answer.attempts for answer in alike)
        if attempts > len(alike):
            what += f" ({attempts} attempts)"
        good = first.status < 400  # noqa: PLR2004 - HTTP's border between answer and refusal
        spent = sum(answer.ms for answer in alike)
        self._row(what, f"{first.status} {spent:>7.0f} ms", "green" if good else "yellow")

    def _call(self, call: Call, step: Step) -> None:
        after = max(0, round((call.at - step.started) * 1000))
        who = f"{call.caller} → {call.callee}"
        what = f"       {f'+{after}':>8} ms  {who:<23} {shorten(call.what)}"
        good = call.status in {"OK", "200", "404"}
        self._row(what, f"{call.status} {call.ms:>7} ms", "" if good else "yellow")

    def _row(self, left: str, right: str, style: str) -> None:
        room = WIDTH - max(len(right), _RESULT) - 1
        cut = left if len(left) <= room else left[: room - 1] + "…"
        self._line(f"{cut:<{room}} {right:>{_RESULT}}", style=style)

    def _line(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(text, style=style))


def _kind(answer: Answer) -> tuple[str, str, int]:
    return answer.method, _UUID.sub("", answer.path), answer.status


def shorten(path: str) -> str:
    """Leave out the host and most of each id: the last six digits tell them apart."""
    return _UUID.sub(r"…\1", _ORIGIN.sub("", path))
