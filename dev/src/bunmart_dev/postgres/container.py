"""The start of the development image of Postgres: initialise once, then become the server.

It understands the settings of the official image: ``PGDATA``, ``POSTGRES_PASSWORD`` or
``POSTGRES_PASSWORD_FILE`` (of the superuser ``postgres``) and ``-c name=value`` arguments. It imports nothing
of BunMart, so that the image needs nothing else.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_SETTINGS = {"listen_addresses": "*", "unix_socket_directories": "/tmp", "logging_collector": "off"}  # noqa: S108
_ACCESS = "host all all all scram-sha-256\n"


class StartError(Exception):
    """The server cannot start; the text says why."""


def superuser_password() -> str:
    """Return the superuser's password.

    Raises:
        StartError: None was given.
    """
    file = os.environ.get("POSTGRES_PASSWORD_FILE")
    password = (
        Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get("POSTGRES_PASSWORD", "")
    )
    if not password:
        raise StartError(
            "Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE: the database starts with no default."
        )
    return password


def initialise(data: Path, password: str) -> None:
    """Make the data folder.

    In a folder of another name first, so that an initdb cut short never looks like a database.

    Raises:
        StartError: ``initdb`` failed, or the folder is the root of a volume, which cannot be renamed.
        OSError: The folder is not empty, or the one above it is not writable.
    """
    if data.is_mount():
        raise StartError(f"PGDATA must be a folder in a volume, not all of it: {data}/pgdata for example.")
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    run_initdb(fresh, password)
    with (fresh / "pg_hba.conf").open("a", encoding="utf-8") as access:
        access.write(_ACCESS)
        # initdb has its own files on the disk before it ends, and the folder counts as complete from here on.
        access.flush()
        os.fsync(access.fileno())
    fresh.rename(data)


def run_initdb(folder: Path, password: str) -> None:
    """Make a cluster in a folder that does not exist yet.

    Raises:
        StartError: ``initdb`` failed.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as secret:
        secret.write(password)
        secret.flush()
        command = ["initdb", "-D", str(folder), "-U", "postgres", "-E", "UTF8", "--auth=scram-sha-256"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        answer = subprocess.run(
            [*command, f"--pwfile={secret.name}"], capture_output=True, text=True, check=False
        )
    if answer.returncode != 0:
        raise StartError(f"initdb failed: {answer.stderr.strip() or answer.stdout.strip()}")


def server_command(data: Path, arguments: Sequence[str]) -> list[str]:
    """Return the server's command line; what the arguments set wins."""
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    given = [word for word in arguments if word != "postgres"]
    return ["postgres", "-D", str(data), *settings, *given]


def main() -> None:
    """Initialise if need be, and become the server."""
    data = Path(os.environ.get("PGDATA", "/var/lib/postgresql/data"))
    for number in (signal.SIGINT, signal.SIGTERM):
        # The first process of a container has no default for SIGTERM; the server gets the defaults back.
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        if not (data / "PG_VERSION").exists():
            initialise(data, superuser_password())
    except (StartError, OSError) as error:
        sys.exit(f"PostgreSQL cannot start: {error}")
    command = server_command(data, sys.argv[1:])
    os.execvp(command[0], command)  # noqa: S606 - the signals of the container are the server's


if __name__ == "__main__":
    main()
