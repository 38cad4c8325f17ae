"""``make logs``: the end of a part's log, and what comes after it."""

import time
from pathlib import Path

from bunmart_dev.launcher.parts import LauncherError
from bunmart_dev.launcher.watcher import tail

_PAUSE = 0.25


def follow(folder: Path, part: str | None, lines: int) -> None:
    """Print the last lines of a log, then each new one, until interrupted.

    Args:
        folder: The folder of logs.
        part: The part; with None or a wrong name the error lists the known ones.
        lines: The number of lines that are printed first.

    Raises:
        LauncherError: There is no such log.
    """
    path = folder / f"{part}.log"
    if not part or not path.is_file():
        known = (
            ", ".join(sorted(file.stem for file in folder.glob("*.log"))) or "none yet: `make up` writes them"
        )
        raise LauncherError(f"There is no log of {part or 'no part'}. `make logs s=order`; known: {known}.")
    print(tail(path, lines, indent=""))
    position = path.stat().st_size
    while True:
        size = path.stat().st_size
        if size < position:
            position = 0  # moved aside at a restart
        if size > position:
            with path.open("rb") as file:
                file.seek(position)
                new = file.read()
            position += len(new)
            print(new.decode(errors="replace"), end="", flush=True)
        time.sleep(_PAUSE)
