"""Golden renders of the examples, one folder each: ``python -m tests.charts.golden`` writes them anew.

A folder has ``index.txt``, with a digest of every object, and a file for each kind. That file shows one object of
each sort in full, with ``<part>`` for its name, and the others by their differences. What a call or route adds to
an object (a route, an access rule) is cut out of it and has an entry of its own, named after caller and callee.
Most examples are shown as their difference from another one.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from tests.charts.cases import EXAMPLES, Case
from tests.charts.golden_text import golden_files
from tests.charts.rendering import Charts, Manifest, Render

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_CASES = {case.name.partition("/")[2]: case for case in EXAMPLES if case.chart == "bunmart"}
"""The examples by the names of their folders."""
BASES = {"external-databases": "dev", "dev-istio": "dev", "istio-production": "dev-istio"}
"""The example from which another one shows its differences."""


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as such, so that a diff shows the line that changed."""


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def golden_of(example: str, render: Callable[[Case], Render]) -> dict[str, str]:
    """Return the golden text of an example by the names of its files.

    Args:
        example: The name of its folder.
        render: Renders an example.
    """
    base = BASES.get(example)
    others = render(GOLDEN_CASES[base]).objects if base else ()
    return golden_files(render(GOLDEN_CASES[example]).objects, others)


def stored(example: str) -> dict[str, str]:
    """Read the golden files of an example by their names."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((GOLDEN / example).glob("*"))}


def dump(*objects: Manifest) -> str:
    """Write objects as one stream of documents, sorted by kind and name."""
    return yaml.dump_all(
        ordered(objects),
        Dumper=_Dumper,
        explicit_start=True,
        default_flow_style=False,
        allow_unicode=True,
        width=10_000,
    )


def ordered(objects: Iterable[Manifest]) -> list[Manifest]:
    """Sort by kind and name, whatever files and hooks the objects come from."""
    return sorted(objects, key=lambda each: (each["kind"], each["metadata"]["name"]))


def main() -> int:
    """Write the golden files of all examples, and delete all others."""
    with tempfile.TemporaryDirectory() as folder:
        charts = Charts(Path(folder))
        files = {
            example: golden_of(example, lambda case: charts.render(case.chart, case.values))
            for example in GOLDEN_CASES
        }
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for example, texts in files.items():
        (GOLDEN / example).mkdir(parents=True)
        for name, text in texts.items():
            (GOLDEN / example / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
