"""The parts that run and their health, asked of the parts themselves."""

import asyncio
import json
import time
from dataclasses import asdict, dataclass, replace

import psutil
from rich.console import Console
from rich.table import Table

from bunmart_dev.launcher.probes import is_ready
from bunmart_dev.launcher.state import PartState, SystemState, process_of

_STYLES = {"ready": "green", "not ready": "yellow", "starting": "yellow"}


@dataclass(frozen=True)
class PartStatus:
    """One line of the table."""

    state: str
    """``ready``, ``starting``, ``not ready``, ``restarting``, ``crashing`` or ``stopped``."""
    pid: int | None
    http: str | None
    grpc: str | None
    uptime: float | None
    """Seconds since the process started."""
    restarts: int
    memory: int | None
    """Bytes: its share of the memory (PSS) where the system tells it, else what only it uses."""
    log: str


@dataclass(frozen=True)
class SystemStatus:
    """All lines, by name."""

    parts: dict[str, PartStatus]

    @property
    def ready(self) -> bool:
        """Tell whether something runs and all of it is ready."""
        return bool(self.parts) and all(part.state == "ready" for part in self.parts.values())

    def json(self) -> str:
        """Return ``{"services": {"order": {"state": …, "http": …, "grpc": …, "pid": …}, …}}``."""
        return json.dumps({"services": {name: asdict(part) for name, part in self.parts.items()}}, indent=1)

    def print(self, console: Console) -> None:
        """Print the table and the sum of the memory."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("part", "state", "pid", "REST", "gRPC"):
            table.add_column(title, no_wrap=True)
        for title in ("up", "restarts", "memory"):
            table.add_column(title, justify="right", no_wrap=True)
        for name, part in self.parts.items():
            style = _STYLES.get(part.state, "red")
            table.add_row(
                name,
                f"[{style}]{part.state}[/{style}]",
                str(part.pid or "-"),
                part.http or "-",
                part.grpc or "-",
                _duration(part.uptime),
                str(part.restarts),
                _mebibytes(part.memory),
            )
        console.print(table)
        total = sum(part.memory or 0 for part in self.parts.values())
        ready = sum(part.state == "ready" for part in self.parts.values())
        console.print(f"{ready} of {len(self.parts)} ready, {_mebibytes(total)} of memory")


async def read_status(system: SystemState | None, timeout: float = 3.0) -> SystemStatus:  # noqa: ASYNC109 - per question
    """Ask every part that the launcher wrote down.

    Args:
        system: The state that the launcher wrote; None when nothing runs.
        timeout: Seconds that a part has to answer.
    """
    recorded = system.parts if system else {}
    lines = await asyncio.gather(*(_ask(part, timeout) for part in recorded.values()))
    # In a worker thread: the kernel walks all pages of a process to answer.
    pids = {line.pid for line in lines}
    measured = await asyncio.to_thread(
        lambda: [replace(line, memory=_memory(line.pid, pids)) for line in lines]
    )
    return SystemStatus(dict(zip(recorded, measured, strict=True)))


async def _ask(part: PartState, timeout: float) -> PartStatus:  # noqa: ASYNC109 - handed to the probe
    alive = process_of(part.pid, part.process_started, part.marker) is not None
    state = part.state
    if not alive:
        state = state if state in {"restarting", "crashing"} else "stopped"
    elif await is_ready(part.probe, timeout):
        state = "ready"
    elif state == "ready":
        state = "not ready"
    return PartStatus(
        state=state,
        pid=part.pid if alive else None,
        http=part.http,
        grpc=part.grpc,
        uptime=round(time.time() - part.process_started, 1) if alive and part.process_started else None,
        restarts=part.restarts,
        memory=None,
        log=part.log_file,
    )


def _memory(pid: int | None, parts: set[int | None]) -> int | None:
    """Add up a process and those of its children that are no parts themselves."""
    if pid is None:
        return None
    total = 0
    try:
        process = psutil.Process(pid)
        children = (each for each in process.children(recursive=True) if each.pid not in parts)
        for each in (process, *children):
            memory = each.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    except psutil.Error:
        return total or None
    return total


def _mebibytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 2**20:.0f} MiB"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
