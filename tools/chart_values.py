"""Writes the values table of each chart's README: ``python tools/chart_values.py [--check] [chart …]``.

The table stands between ``<!-- values -->`` and ``<!-- /values -->``. Names, types and descriptions come from
the chart's values.schema.json, defaults from its values.yaml. ``--check`` writes nothing and exits with 1
when a table is not what it would write.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHARTS = Path(__file__).parents[1] / "charts"
BEGIN, END = "<!-- values -->", "<!-- /values -->"
HEAD = ("| value | type | default | description |", "|---|---|---|---|")
FOREIGN = "Kubernetes's own type"
"""``$comment`` of a schema whose fields are Kubernetes's, not the chart's: they get no rows."""
_MISSING = object()


@dataclass(frozen=True)
class Value:
    """One value of a chart, as its schema describes it."""

    path: tuple[str, ...]
    """Keys from the top; ``<name>`` is any key of a map, ``[]`` any item of a list."""
    schema: dict[str, Any]
    """Its schema, references resolved."""

    @property
    def name(self) -> str:
        """The path in the form of ``--set``."""
        return ".".join(self.path).replace(".[]", "[]")


def resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Replace a local ``$ref`` by what it points at; what stands beside the reference wins."""
    if "$ref" not in schema:
        return schema
    target: Any = root
    for key in schema["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return resolve(target, root) | beside


def values_of(root: dict[str, Any]) -> Iterator[Value]:
    """Yield every value that a schema knows, a parent before its children."""

    def children(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[Value]:
        for key, child in schema.get("properties", {}).items():
            yield from walk(resolve(child, root), (*path, key))
        for keyword, key in (("additionalProperties", "<name>"), ("items", "[]")):
            child = schema.get(keyword)
            if isinstance(child, dict) and "properties" in resolve(child, root):
                yield from children(resolve(child, root), (*path, key))

    def walk(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[Value]:
        yield Value(path, schema)
        if schema.get("$comment") != FOREIGN:
            yield from children(schema, path)

    yield from children(root, ())


def type_of(schema: dict[str, Any], root: dict[str, Any]) -> str:
    """Say in a few words which values a schema takes."""
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema and "type" not in schema:
            kinds = (type_of(resolve(each, root), root) for each in schema[keyword])
            return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    kinds = schema.get("type", "any")
    text = kinds if isinstance(kinds, str) else " or ".join(kinds)
    if isinstance(schema.get("items"), dict):
        text += f" of {type_of(resolve(schema['items'], root), root)}"
    if isinstance(schema.get("additionalProperties"), dict):
        text += f" of {type_of(resolve(schema['additionalProperties'], root), root)}"
    if "minimum" in schema:
        text += f" ≥ {schema['minimum']}"
    if "maximum" in schema:
        text += f" ≤ {schema['maximum']}"
    return text


def default_of(value: Value, defaults: Any) -> str:
    """Return the default as code; the parts of an object have rows of their own."""
    found: Any = defaults
    for key in value.path:
        found = found.get(key, _MISSING) if isinstance(found, dict) else _MISSING
    if found is _MISSING or (value.schema.get("properties") and isinstance(found, dict) and found):
        return ""
    return f"`{json.dumps(found, ensure_ascii=False)}`"


def table(chart: Path) -> str:
    """Return the values table of a chart's folder."""
    root = json.loads((chart / "values.schema.json").read_text())
    defaults = yaml.safe_load((chart / "values.yaml").read_text()) or {}
    rows = []
    for value in values_of(root):
        cells = (
            f"`{value.name}`",
            type_of(value.schema, root),
            default_of(value, defaults),
            " ".join(value.schema.get("description", "").split()),
        )
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join((*HEAD, *rows))


def with_table(chart: Path) -> str:
    """Return the README of a chart with its table as it should be.

    Raises:
        ValueError: The README has no place for the table.
    """
    text = (chart / "README.md").read_text()
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"{chart.name}/README.md needs {BEGIN} and {END} once")
    return pattern.sub(lambda _: f"{BEGIN}\n{table(chart)}\n{END}", text)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the tables; returns 1 when a check finds one stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a table is stale")
    parser.add_argument("charts", nargs="*", type=Path, help="folders of charts (all of charts/)")
    chosen = parser.parse_args(arguments)
    stale = []
    for chart in chosen.charts or sorted(path.parent for path in CHARTS.glob("*/Chart.yaml")):
        wanted = with_table(chart)
        readme = chart / "README.md"
        if readme.read_text() != wanted:
            stale.append(chart.name)
            if not chosen.check:
                readme.write_text(wanted)
    if stale and chosen.check:
        print(f"The values of {', '.join(stale)} are stale: run `make chart-docs`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
