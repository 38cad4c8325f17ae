"""Processes that end when the process that started them ends."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

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
