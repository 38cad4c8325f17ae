"""Values as a whole: defaults of a chart with those of its aliases, and wrong ones in their place."""

import re
from collections.abc import Iterator
from typing import Any

import helm_python
import yaml

from tests.charts.rendering import CHARTS, merge

Path = tuple[str, ...]


def aliases(chart: str) -> dict[str, str]:
    """Which key of a chart's values configures which chart."""
    metadata = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text())
    return {each.get("alias", each["name"]): each["name"] for each in metadata.get("dependencies", ())}


def defaults(chart: str) -> dict[str, Any]:
    """Every value that an installation may set, with its default."""
    values = helm_python.values_from_yaml((CHARTS / chart / "values.yaml").read_text())
    for alias, name in aliases(chart).items():
        part = {key: value for key, value in defaults(name).items() if key != "global"}
        values[alias] = merge(part, values.get(alias, {}))
    return values


def mappings(values: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every map with keys, and where it is; items of lists count as maps of their list."""
    if values:
        yield path, values
    for key, value in values.items():
        if isinstance(value, dict):
            yield from mappings(value, (*path, key))


def leaves(values: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield every value that is no map with keys."""
    for path, mapping in mappings(values):
        for key, value in mapping.items():
            if not (isinstance(value, dict) and value):
                yield (*path, key), value


def put(values: dict[str, Any], path: Path, value: Any) -> None:
    """Set a value, whatever maps are missing on the way."""
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


class Refusal:
    """What Helm says about values that a schema does not accept."""

    def __init__(self, chart: helm_python.Chart, values: dict[str, Any]) -> None:
        self.text = ""
        try:
            chart.render(values)
        except helm_python.HelmValuesError as error:
            self.text = str(error)
        except helm_python.HelmRenderError:
            """The schemas have let the values pass."""
        self._chart = chart.name
        self.findings = list(self._read())
        """Where something is wrong, and what."""

    def _read(self) -> Iterator[tuple[Path, str]]:
        section: Path = ()
        for line in self.text.splitlines():
            if heading := re.fullmatch(r"([\w-]+):", line):
                section = () if heading[1] == self._chart else (heading[1],)
            elif finding := re.match(r"\s*- at '([^']*)': (.*)", line):
                path = (*section, *finding[1].split("/")[1:])
                at = path.index("global") if "global" in path[:2] else 0
                yield path[at:], finding[2]

    @property
    def paths(self) -> set[Path]:
        """Where something is wrong."""
        return {path for path, _ in self.findings}

    @property
    def unknown(self) -> set[Path]:
        """The values that the schema does not know."""
        return {
            (*path, name)
            for path, text in self.findings
            if text.startswith("additional properties")
            for name in re.findall(r"'([^']+)'", text)
        }
