"""``make down`` and ``make reset``."""

import os
import shutil
import signal
import sys

import psutil

from bunmart_dev.launcher.console import Screen
from bunmart_dev.launcher.parts import LauncherError
from bunmart_dev.launcher.state import StateFolder

_STOP_TIMEOUT = 60.0
_KEPT = {"bootstrap", "launcher.lock"}


def down(folder: StateFolder, screen: Screen) -> None:
    """Ask the running launcher to stop, and wait until it has.

    Raises:
        LauncherError: It did not stop in a minute.
    """
    state = folder.running()
    if state is None:
        screen.plain("BunMart is not running.")
        return
    launcher = psutil.Process(state.launcher_pid)
    screen.say(f"Stopping {len(state.parts)} parts of the launcher with pid {launcher.pid} ...")
    try:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(_STOP_TIMEOUT)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        raise LauncherError(
            f"The launcher (pid {launcher.pid}) is still stopping after {_STOP_TIMEOUT:.0f} s."
        ) from None
    screen.say("Stopped; the data is kept")


def reset(folder: StateFolder, screen: Screen, *, confirmed: bool) -> None:
    """Delete everything that the system wrote: databases, keys, mails, logs.

    Args:
        folder: The folder to empty.
        screen: Asks and tells the person.
        confirmed: Do not ask.

    Raises:
        LauncherError: The system runs, or nobody is there to be asked.
    """
    with folder.lock("reset"):
        if not confirmed:
            _confirm(folder)
        for path in folder.path.iterdir():
            if path.name in _KEPT:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    screen.plain(f"Deleted the local data in {folder.path}; `make up` begins anew.")


def _confirm(folder: StateFolder) -> None:
    if not os.isatty(sys.stdin.fileno()):
        raise LauncherError("`make reset` deletes the local data; without a terminal say `make reset yes=1`.")
    answer = input(f"Delete all databases, keys, mails and logs in {folder.path}? [y/N] ")
    if answer.strip().lower() not in {"y", "yes"}:
        raise LauncherError("Nothing was deleted.")
