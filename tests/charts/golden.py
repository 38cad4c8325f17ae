"""What the examples render, one file each: ``python -m tests.charts.golden`` writes them anew."""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from tests.charts.cases import EXAMPLES, Case
from tests.charts.rendering import Charts, Manifest

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_CASES = tuple(case for case in EXAMPLES if case.chart == "bunmart")


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as such, so that a diff shows the line that changed."""


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def path_of(case: Case) -> Path:
    """Where the golden render of an example lies."""
    return GOLDEN / f"{case.name.partition('/')[2]}.yaml"


def ordered(objects: Iterable[Manifest]) -> list[Manifest]:
    """Sort by kind and name, whatever files and hooks the objects come from."""
    return sorted(objects, key=lambda each: (each["kind"], each["metadata"]["name"]))


def dump(*objects: Manifest) -> str:
    """Write objects as one stream of documents."""
    return yaml.dump_all(
        ordered(objects),
        Dumper=_Dumper,
        explicit_start=True,
        default_flow_style=False,
        allow_unicode=True,
        width=10_000,
    )


def main() -> int:
    """Write all golden files, and delete those whose example is gone."""
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        charts = Charts(Path(folder))
        for case in GOLDEN_CASES:
            path_of(case).write_text(dump(*charts.render(case.chart, case.values).objects))
    for stale in set(GOLDEN.glob("*.yaml")) - {path_of(case) for case in GOLDEN_CASES}:
        stale.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
