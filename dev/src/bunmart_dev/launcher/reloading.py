"""Edits become live: the services that run an edited file are replaced by runs of the code of now."""

import asyncio
import contextlib
import os
from collections.abc import Iterable, Mapping
from importlib.util import cache_from_source, find_spec
from pathlib import Path

from watchfiles import awatch

from bunmart_dev.launcher.watcher import Watcher

SHARED = ("bunmart_chassis", "bunmart")
"""Packages that every service imports: the chassis and the generated contract."""
_SETTLED_MILLISECONDS = 50
"""Without a further change for so long, an edit is complete."""
_AT_ONCE = os.cpu_count() or 1


class Reloader:
    """Watches the code of the services and renews those that an edit concerns.

    Args:
        watchers: The parts that can be renewed, by name; ``order`` runs the package ``bunmart_order``.
    """

    def __init__(self, watchers: Mapping[str, Watcher]) -> None:
        self._watchers = watchers
        self._renewals: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._folders = {folder: {name} for name in watchers for folder in folders_of(f"bunmart_{name}")}
        self._folders |= {folder: set(watchers) for package in SHARED for folder in folders_of(package)}

    async def run(self) -> None:
        """Watch until cancelled; what is being started then is stopped."""
        try:
            async for changes in awatch(*self._folders, step=_SETTLED_MILLISECONDS):
                paths = [Path(path) for _, path in changes]
                _forget_compiled(paths)
                for name in self.concerned(paths):
                    before = self._renewals.get(name)
                    self._renewals[name] = asyncio.create_task(self._renew(name, before))
        finally:
            for renewal in self._renewals.values():
                renewal.cancel()
            await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    def concerned(self, paths: Iterable[Path]) -> list[str]:
        """Return the parts that run one of the files, in the order of the parts."""
        found = {
            name
            for path in paths
            for folder, names in self._folders.items()
            if path.is_relative_to(folder)
            for name in names
        }
        return [name for name in self._watchers if name in found]

    async def _renew(self, name: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            # It may have read the file as it was before this edit.
            before.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await before
        async with self._turns:
            await self._watchers[name].renew()


def _forget_compiled(paths: Iterable[Path]) -> None:
    """Delete what was compiled: two edits of one second and one size look alike to the interpreter."""
    for path in paths:
        if path.suffix == ".py":
            Path(cache_from_source(str(path))).unlink(missing_ok=True)


def folders_of(package: str) -> list[Path]:
    """Return where a package lies, without importing it."""
    spec = find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return [Path(location).resolve() for location in locations or []]
