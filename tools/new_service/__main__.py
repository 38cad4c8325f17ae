"""``make service name=loyalty noun=card``: a new service that keeps cards, whole and tested."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.new_service.files import service_files
from tools.new_service.lists import ListChangedError, insert, insertions
from tools.new_service.names import NameRefusedError, Names, check_names
from tools.new_service.tree import (
    CommandFailedError,
    changed,
    copy_files,
    listed,
    regenerate,
    take_over,
)

ROOT = Path(__file__).parents[2]
NEXT = """\
The service {name} is there: services/{name}, proto/bunmart/{name}, tests/services/{name}.

    make test args="tests/services/{name} -q"    its tests
    make up                                      starts it with the others: /api/{plural}
    make check                                   all that CI checks

What comes next: docs/services.md, "A new service".
"""


def write_service(names: Names, copy: Path) -> None:
    """Write the service's own files and its name into the lists of a copy of the tree."""
    places = insertions(names, copy)
    for path, text in service_files(names, copy).items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(text)
    for place in places:
        file = copy / place.path
        file.write_text(insert(file.read_text(), place))


def make_service(names: Names) -> None:
    """Make the service in a copy of the tree, then take the changes over.

    Raises:
        NameRefusedError: The names cannot be used.
        ListChangedError: A list is no longer where it was.
        CommandFailedError: What is generated could not be generated.
    """
    check_names(names, ROOT)
    binaries = Path(sys.executable).parent
    uv = Path(os.environ.get("UV", ROOT / ".local" / "bootstrap" / "bin" / "uv")).absolute()
    with tempfile.TemporaryDirectory(prefix="bunmart-service-") as folder:
        copy, backup = Path(folder, "tree"), Path(folder, "backup")
        copy_files(listed(ROOT, ROOT), ROOT, copy)
        write_service(names, copy)
        regenerate(copy, binaries=binaries, uv=uv)
        take_over(changed(ROOT, copy), ROOT, copy, backup)


def main() -> int:
    """Read the command line and make the service; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="make service", usage="make service name=loyalty [noun=card]", description=__doc__
    )
    parser.add_argument("name", help="the name of the service")
    parser.add_argument(
        "noun", nargs="?", default="", help="what it keeps, in the singular; by default the name"
    )
    given = parser.parse_args()
    names = Names(given.name, given.noun or given.name)
    try:
        make_service(names)
    except (
        NameRefusedError,
        ListChangedError,
        CommandFailedError,
        subprocess.SubprocessError,
        OSError,
    ) as error:
        print(f"{error}\nNothing was changed.", file=sys.stderr)
        return 1
    print(NEXT.format(**names.words()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
