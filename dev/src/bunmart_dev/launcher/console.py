"""The output for a person while the system starts, runs and stops."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable

from rich.console import Console
from rich.markup import escape
from rich.status import Status

_HEARTBEAT = 5.0


class Screen:
    """Lines with the time since the start, and on a terminal a line below that moves.

    Args:
        console: The console; by default standard output.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.started = time.monotonic()
        self._status: Status | None = None
        self._last = self.started

    @property
    def elapsed(self) -> float:
        """Return the seconds since the launcher began."""
        return time.monotonic() - self.started

    def say(self, text: str, style: str = "") -> None:
        """Print one line with the elapsed time in front."""
        self._last = time.monotonic()
        line = escape(text)
        self.console.print(
            f"[dim]{self.elapsed:6.1f} s[/dim]  " + (f"[{style}]{line}[/{style}]" if style else line)
        )
        sys.stdout.flush()

    def plain(self, text: str = "") -> None:
        """Print text as it is."""
        self.console.print(escape(text))
        sys.stdout.flush()

    @contextlib.asynccontextmanager
    async def waiting(self, what: str, pending: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
        """Show what is being waited for: a moving line on a terminal, a line every 5 s elsewhere.

        Args:
            what: The beginning of the line.
            pending: Returns the names of what is not there yet.
        """
        task = asyncio.create_task(self._show(what, pending))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _show(self, what: str, pending: Callable[[], Iterable[str]]) -> None:
        if not self.console.is_terminal:
            while True:
                await asyncio.sleep(0.5)
                if time.monotonic() - self._last > _HEARTBEAT:
                    self.say(f"{what}: waiting for {', '.join(pending())}")
        with self.console.status(escape(what)) as status:
            while True:
                names = list(pending())
                shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")  # noqa: PLR2004
                status.update(escape(f"{what} ({self.elapsed:.0f} s): {shown}"))
                await asyncio.sleep(0.2)
