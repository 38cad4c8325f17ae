"""``python -m bunmart_mesh.render``: writes the mesh templates of the chart ``bunmart``."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from bunmart_mesh.policy import load_policy
from bunmart_mesh.render.chart import TEMPLATES, chart_templates, stale, write

_COMMAND = "make mesh"


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the mesh templates of the chart, or check that they are current."""
    parser = argparse.ArgumentParser(prog="python -m bunmart_mesh.render", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    parser.add_argument("--out", type=Path, default=TEMPLATES, help="folder to write to")
    given = parser.parse_args(None if arguments is None else list(arguments))
    templates = chart_templates(load_policy())
    if not given.check:
        write(given.out, templates)
    elif names := stale(given.out, templates):
        sys.exit(f"stale in {given.out}: {', '.join(names)}; run `{_COMMAND}` and commit what it changed")


if __name__ == "__main__":
    main()
