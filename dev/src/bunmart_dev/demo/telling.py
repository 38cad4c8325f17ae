"""Tells the story, collects what the logs say about it, and comes to a verdict."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bunmart_mesh.policy import load_policy

from bunmart_dev.demo.afterwards import afterwards
from bunmart_dev.demo.calls import FLUSH_SECONDS, AccessLogs, Call, Calls
from bunmart_dev.demo.changes_of_mind import changes_of_mind
from bunmart_dev.demo.delivery import delivery
from bunmart_dev.demo.kitchen import kitchen
from bunmart_dev.demo.paying import paying
from bunmart_dev.demo.shopping import shopping
from bunmart_dev.demo.story import NotAsExpectedError, Step, Story
from bunmart_dev.demo.timeline import Timeline
from bunmart_dev.demo.verdict import Verdict, judge
from bunmart_dev.shop_client import PATIENCE, ShopError, shop_client

FIRST_ANSWER_SECONDS = 5.0
_ACTS = (shopping, paying, kitchen, delivery, afterwards, changes_of_mind)


def _nothing(_: Step) -> None:
    """Hear and do nothing."""


@dataclass
class Telling:
    """One run of the demo.

    Attributes:
        url: The ingress.
        password: Of the demo users.
        logins: E-mail address by role.
        logs: Folder of the access logs; None shows REST only and judges no calls.
        timeline: Writes the story while it goes on; None writes nothing.
        before_step: Called when a step begins.
        first_answer_seconds: The shop has this long to answer for the first time.
        error: The reason for which the story ended early.
    """

    url: str
    password: str
    logins: dict[str, str]
    logs: Path | None = None
    timeline: Timeline | None = None
    before_step: Callable[[Step], None] = _nothing
    first_answer_seconds: float = FIRST_ANSWER_SECONDS
    steps: list[Step] = field(default_factory=list)
    calls: Calls = field(default_factory=Calls)
    verdict: Verdict | None = None
    error: str = ""
    _written: dict[int, set[Call]] = field(default_factory=dict)
    """The calls that were written, by step."""
    _access_logs: AccessLogs | None = None

    async def tell(self) -> bool:
        """Run all steps; return True when everything was as it should be."""
        if self.logs is not None:
            logs = AccessLogs(self.logs)
            self._access_logs = logs if logs.exist else None
        writing = asyncio.create_task(self._write_as_it_goes())
        try:
            await self._require_answer()
            async with shop_client(self.url) as shop:
                story = Story(shop, self, self.password, self.logins, self.steps)
                for act in _ACTS:
                    await act(story)
            await self._judge()
        except (NotAsExpectedError, ShopError) as error:
            self.error = str(error)
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
        await self._write_the_rest()
        return not self.error

    async def _require_answer(self) -> None:
        """Tell at once when there is nobody, instead of after the patience of a request."""
        async with shop_client(self.url, patience=self.first_answer_seconds) as shop:
            try:
                await shop.call("GET", "/api/categories")
            except ShopError:
                raise ShopError(f"Nothing answers at {self.url}: is `make up` ready?") from None

    def begins(self, step: Step) -> None:
        """Pass a step on to whoever listens."""
        self.before_step(step)

    def ends(self, step: Step) -> None:
        """Nothing to do: what is over is written when the logs have told of it."""

    async def _judge(self) -> None:
        """Wait until all calls that must be seen are in the logs, then compare."""
        if self._access_logs is None:
            return
        policy, began = load_policy(), time.monotonic()
        await asyncio.sleep(FLUSH_SECONDS)
        while True:
            self.calls.add(self._access_logs.read(), self.steps)
            self.verdict = judge(self.calls.all, policy)
            if not self.verdict.missing or time.monotonic() - began > PATIENCE:
                break
            await asyncio.sleep(0.5)
        if self.verdict.forbidden:
            raise NotAsExpectedError(f"The call policy was broken: {'; '.join(self.verdict.forbidden)}.")
        if self.verdict.missing:
            rows = "; ".join(f"{caller} → {callee} {rpc}" for caller, callee, rpc in self.verdict.missing)
            raise NotAsExpectedError(f"The call policy has calls that the logs do not show: {rows}.")

    async def _write_as_it_goes(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            if self._access_logs is not None:
                self.calls.add(self._access_logs.read(), self.steps)
            settled = time.time() - (FLUSH_SECONDS if self._access_logs is not None else 0)
            for step in self.steps:
                if step.ended and step.ended < settled:
                    self._write(step)

    def _write(self, step: Step) -> None:
        if self.timeline is None or step.number in self._written:
            return
        found = self.calls.of(step)
        self._written[step.number] = set(found)
        self.timeline.step(step, found)

    async def _write_the_rest(self) -> None:
        if self._access_logs is not None:
            if self.error and self.verdict is None:
                await asyncio.sleep(FLUSH_SECONDS)
            self.calls.add(self._access_logs.read(), self.steps)
        late: list[tuple[Step, list[Call]]] = []
        for step in self.steps:
            if step.number in self._written:
                new = [call for call in self.calls.of(step) if call not in self._written[step.number]]
                late += [(step, new)] if new else []
            self._write(step)
        if self.timeline is not None:
            for step, found in late:
                self.timeline.late(step, found)
