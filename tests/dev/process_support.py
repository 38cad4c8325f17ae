"""The programs as processes of their own."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping

import httpx
import psutil


@contextlib.asynccontextmanager
async def running_program(
    module: str, environment: Mapping[str, str], health_url: str
) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """Run until the block ends; then expect a clean end after SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(10):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(health_url)).status_code == 200:
                        break
                assert process.returncode is None, "the program ended before it was healthy"
                await asyncio.sleep(0.02)
        yield process
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits for its parent to take note."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def failing_program(module: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a program that should not start; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env={**os.environ, **environment}, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode is not None
    return process.returncode, said.decode()
