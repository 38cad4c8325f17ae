"""Probes of readiness. They run many times while eleven Python processes start, so each costs little."""

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import psutil

ALIVE = "process:"
"""The probe of a part that is ready as long as its process lives."""
_OK = b" 200 "
_STATUS_LINE = 7


async def is_ready(probe: str, timeout: float = 2.0) -> bool:  # noqa: ASYNC109 - a part that hangs is not ready
    """Ask once.

    Args:
        probe: ``http://host:port/path`` is ready when it answers 200, ``tcp://host:port`` when it accepts a
            connection, ``postgres:///data/folder`` when the server there accepts logins; ``process:`` is.
        timeout: Seconds to wait for an answer.
    """
    address = urlsplit(probe)
    if probe == ALIVE:
        return True
    if address.scheme == "postgres":
        return _postgres_ready(Path(address.path))
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            try:
                return address.scheme == "tcp" or await _answers_ok(
                    reader, writer, address.path, address.netloc
                )
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


async def _answers_ok(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, host: str
) -> bool:
    writer.write(f"GET {path or '/'} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    with contextlib.suppress(ValueError):
        return _OK in await reader.readline()
    return False


def _postgres_ready(data: Path) -> bool:
    # The format of postmaster.pid is described in PostgreSQL's miscadmin.h: pid first, status in line 8.
    with contextlib.suppress(OSError, ValueError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
        return ready and psutil.pid_exists(int(lines[0]))
    return False
