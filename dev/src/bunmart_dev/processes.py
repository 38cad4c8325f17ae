"""Starts processes: each ends with the process that started it, and the files that it writes are private."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    """Return a ``preexec_fn`` that asks Linux for the signal when the parent dies; None elsewhere."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number)
        # The parent may have died between fork and prctl.
        if os.getppid() != parent:
            os._exit(1)

    return ask


async def start_process(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log_file: Path,
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    stdin: Any = asyncio.subprocess.DEVNULL,
    **options: Any,
) -> asyncio.subprocess.Process:
    """Start a process that writes to a log.

    Args:
        arguments: Its command line.
        environment: All of its environment.
        log_file: Where its output is appended.
        stop_signal: What it gets when this process dies.
        stdin: Its standard input.
        options: Further arguments of ``subprocess.Popen``, such as the user.
    """
    with log_file.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *arguments,
            env=environment,
            stdin=stdin,
            stdout=log,
            stderr=log,
            # Ctrl-C reaches the launcher alone, which stops the parts in order.
            start_new_session=True,
            # Mails, payments and logs hold what is nobody else's business.
            umask=0o077,
            preexec_fn=die_with_parent(stop_signal),
            **options,
        )
