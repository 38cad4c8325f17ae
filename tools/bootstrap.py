"""Installs uv into .local/bootstrap and the libraries of uv.lock into .venv, for the Makefile.

``python tools/bootstrap.py <version of uv> <files that .venv must be newer than>``

The machine's own Python runs it before anything is installed, so it imports the standard library alone.
One make at a time installs. Another one that starts meanwhile waits here, and then finds the work done.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LOCAL = Path(".local")
BOOTSTRAP = LOCAL / "bootstrap"
UV = BOOTSTRAP / "bin" / "uv"
VENV = Path(".venv")
STAMP = VENV / ".synced"
"""A file whose time of change is the last time at which .venv was what uv.lock asks for."""
UNFINISHED = BOOTSTRAP / "unfinished"
"""Exists while uv writes .venv: a killed uv leaves half a package, which the next one takes for whole."""


class BootstrapError(Exception):
    """An installation failed; the text says what to do."""


@contextlib.contextmanager
def one_at_a_time() -> Iterator[int]:
    """Hold the lock of this clone, and yield it for the programs that are started under it.

    The lock is on the folder itself, because a lock file would have to survive ``make reset``. The operating
    system releases it with the last process that has it, killed or not.
    """
    LOCAL.mkdir(exist_ok=True)
    lock = os.open(LOCAL, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another make is installing; waiting until it is done ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def is_current(inputs: list[str]) -> bool:
    """Return True when .venv was brought up to date after the last change of its inputs."""
    if not STAMP.exists():
        return False
    return all(Path(each).stat().st_mtime <= STAMP.stat().st_mtime for each in inputs)


def has_uv(version: str) -> bool:
    """Return True when this version of uv runs; one that was being written when pip was killed does not."""
    try:
        found = subprocess.run([UV, "--version"], check=False, capture_output=True, text=True)
    except OSError:
        return False
    return found.stdout.split()[1:2] == [version]


def install_uv(version: str, lock: int) -> None:
    """Install this version of uv, unless it is there.

    Raises:
        BootstrapError: Python's venv module is missing, or pip does not get uv.
    """
    if has_uv(version):
        return
    say(f"Installing uv {version} into {BOOTSTRAP} ...")
    shutil.rmtree(BOOTSTRAP, ignore_errors=True)
    venv = [sys.executable, "-m", "venv", str(BOOTSTRAP)]
    if run(venv, lock, quiet=True) != 0:
        raise BootstrapError(
            f"{sys.executable} cannot make a virtual environment: install its venv module "
            "(Debian: apt install python3-venv)."
        )
    pip = [str(BOOTSTRAP / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    if run([*pip, "install", f"uv=={version}"], lock) != 0:
        raise BootstrapError(f"pip could not install uv {version}: is the package registry reachable?")


def install_libraries(lock: int) -> None:
    """Bring .venv to what uv.lock says; the first time with this Python.

    Raises:
        BootstrapError: uv does not get a library.
    """
    if UNFINISHED.exists():
        shutil.rmtree(VENV, ignore_errors=True)
    sync = [str(UV), "sync", "--frozen", "--quiet", "--compile-bytecode"]
    if not (VENV / "bin" / "python").exists():
        say("Installing the libraries into .venv; the first time takes a minute ...")
        sync += ["--python", sys.executable]
    UNFINISHED.touch()
    code = run(sync, lock)
    if code >= 0:  # A signal did not end it.
        UNFINISHED.unlink()
    if code != 0:
        raise BootstrapError("uv could not install the libraries of uv.lock; the lines above say why.")


def run(command: list[str], lock: int, *, quiet: bool = False) -> int:
    """Run a program and return its exit code, which is negative when a signal ended it.

    The program inherits the lock: if this process is killed, the program goes on, and the others wait for it.
    """
    done = subprocess.run(
        command,
        check=False,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        pass_fds=(lock,),
        # Output belongs to the target that make was called for: `make -s token` prints a token alone.
        stdout=subprocess.DEVNULL if quiet else sys.stderr,
        stderr=subprocess.DEVNULL if quiet else None,
    )
    return done.returncode


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Install what is missing; returns 1 when that fails."""
    version, *inputs = sys.argv[1:]
    with one_at_a_time() as lock:
        if is_current(inputs):
            return 0
        try:
            install_uv(version, lock)
            install_libraries(lock)
        except BootstrapError as error:
            say(str(error))
            return 1
        STAMP.touch()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
