"""All parts together: starts them at once, stops them in order, writes their state to a file."""

import asyncio
import itertools
from collections.abc import Iterable
from operator import attrgetter

from bunmart_dev.launcher.console import Screen
from bunmart_dev.launcher.parts import Part
from bunmart_dev.launcher.state import PartState, StateFolder, SystemState
from bunmart_dev.launcher.watcher import Watcher


class Supervisor:
    """Runs parts until it is told to stop.

    Args:
        folder: The folder of the state, which ``status`` and ``down`` read.
        screen: Tells the person.
        edge: The address of the ingress, for the state.
    """

    def __init__(self, folder: StateFolder, screen: Screen, edge: str = "") -> None:
        self.folder = folder
        self.screen = screen
        self.watchers: dict[str, Watcher] = {}
        self._state = SystemState(edge=edge)
        self._write_planned = False

    def start(self, parts: Iterable[Part]) -> None:
        """Start the parts, all at once, and return."""
        for part in parts:
            self.watchers[part.name] = Watcher(part, self)

    def renewable(self) -> dict[str, Watcher]:
        """Return the parts that can be replaced by a new run, by name."""
        return {name: watcher for name, watcher in self.watchers.items() if watcher.part.runs}

    def pending(self) -> list[str]:
        """Return the names of the parts that were never ready."""
        return [name for name, watcher in self.watchers.items() if not watcher.first_ready.done()]

    async def wait_ready(self, names: Iterable[str] | None = None) -> None:
        """Wait until the parts were ready once.

        Args:
            names: By default all.

        Raises:
            StartError: One of them took too long or kept crashing.
        """
        chosen = self.watchers if names is None else names
        await asyncio.gather(*(asyncio.shield(self.watchers[name].first_ready) for name in chosen))

    async def stop(self) -> None:
        """Stop all parts, group by group in their stop order."""
        ordered = sorted(self.watchers.values(), key=attrgetter("part.stop_order"))
        for _, group in itertools.groupby(ordered, key=attrgetter("part.stop_order")):
            await asyncio.gather(*(watcher.stop() for watcher in group))
        self.folder.forget()

    def kill(self) -> None:
        """End all parts at once."""
        for watcher in self.watchers.values():
            watcher.kill()

    def running(self) -> list[str]:
        """Return the names of the parts that have a process."""
        return [name for name, watcher in self.watchers.items() if watcher.state.pid is not None]

    def say(self, text: str, style: str = "") -> None:
        """Tell the person at the terminal."""
        self.screen.say(text, style)

    def changed(self, part: PartState) -> None:
        """Take note of a part's state; many changes of one moment are written once."""
        self._state.parts[part.name] = part
        if not self._write_planned:
            self._write_planned = True
            asyncio.get_running_loop().call_later(0.05, self._write)

    def _write(self) -> None:
        self._write_planned = False
        if self.running():
            self.folder.write(self._state)
