"""The start of a part's next run, and why it did not come to that."""

import asyncio
import json
import re
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx

from bunmart_dev.launcher.parts import Process
from bunmart_dev.launcher.probes import is_ready

_PAUSE = 0.02
_TIMEOUT = 30.0
_LONGEST_REASON = 300
_PLACE = re.compile(r' *File "(.+)", line (\d+)')


class RunError(Exception):
    """A run did not become ready; the text says why, in one line."""


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await something that must not be left half done; a cancellation meanwhile comes after it."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def wait_until_ready(
    process: Process, probe: str, predecessor: str, log_file: Path, start: int
) -> None:
    """Wait until a run is ready.

    Args:
        process: The run.
        probe: Its readiness.
        predecessor: The readiness of the run that serves meanwhile.
        log_file: Where both write.
        start: The size of the log when the run began.

    Raises:
        RunError: It ended, its database refuses what it does to it while it serves the run before well (a
            migration that fails), or it took too long.
    """
    deadline = time.monotonic() + _TIMEOUT
    while not await is_ready(probe):
        if process.returncode is not None:
            raise RunError(reason_in_log(log_file, start) or f"it ended with exit code {process.returncode}")
        reason = await _reason(probe)
        if reason.startswith("database: ") and await is_ready(predecessor):
            raise RunError(reason)
        if time.monotonic() > deadline:
            raise RunError(f"it was not ready after {_TIMEOUT:.0f} s: {reason or 'it does not answer'}")
        await asyncio.sleep(_PAUSE)


async def _reason(probe: str) -> str:
    """Return the first line of the reason that ``/health/ready`` gives."""
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = (await client.get(probe)).json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return ""
    return _shortened(str(answer.get("reason", "")))


def reason_in_log(log_file: Path, start: int) -> str:
    """Return the error that ended a run and the line of code that it names last; empty when there is none.

    Args:
        log_file: The log; what is no JSON in it comes from the interpreter.
        start: The size of the log when the run began.
    """
    with log_file.open("rb") as file:
        file.seek(start)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line[:1] != "{"]
    errors = [line for line in lines if line[:1].strip() and line != "Traceback (most recent call last):"]
    if not errors:
        return ""
    places = [found for line in lines if (found := _PLACE.match(line))]
    place = f" ({_relative(places[-1][1])}, line {places[-1][2]})" if places else ""
    return _shortened(errors[-1]) + place


def _relative(path: str) -> str:
    return str(Path(path).relative_to(Path.cwd())) if Path(path).is_relative_to(Path.cwd()) else path


def _shortened(text: str) -> str:
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"
