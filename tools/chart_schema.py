"""Copies what the umbrella's schema shares with a service's: ``python tools/chart_schema.py [--check]``.

Helm checks the values of each chart against its own values.schema.json, and ``$ref`` cannot leave a file. So
``global`` and ``$defs`` of charts/bunmart are copies of charts/service's; ``--check`` only compares.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

CHARTS = Path(__file__).parents[1] / "charts"
SERVICE = CHARTS / "service" / "values.schema.json"
UMBRELLA = CHARTS / "bunmart" / "values.schema.json"
_WIDTH = 118


def merged(umbrella: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """Return the umbrella's schema with the service's ``global`` and definitions.

    Definitions that only the umbrella has stay.
    """
    properties = {**umbrella["properties"], "global": service["properties"]["global"]}
    own = {name: schema for name, schema in umbrella["$defs"].items() if name.startswith("umbrella")}
    return {**umbrella, "properties": properties, "$defs": {**service["$defs"], **own}}


def formatted(value: Any, indent: int = 0) -> str:
    """Write JSON with every value on one line that fits there.

    Args:
        value: Anything that JSON knows.
        indent: How many columns are taken before it.
    """
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {formatted(each, indent + 2)}" for key, each in value.items()]
        opening, closing = "{}"
    else:
        items = [formatted(each, indent + 2) for each in value]
        opening, closing = "[]"
    body = f",\n{pad}".join(items)
    return f"{opening}\n{pad}{body}\n{' ' * indent}{closing}"


def main() -> int:
    """Write or compare; returns 1 when a comparison finds the copy stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when the copy is stale")
    check = parser.parse_args().check
    umbrella = json.loads(UMBRELLA.read_text())
    wanted = formatted(merged(umbrella, json.loads(SERVICE.read_text()))) + "\n"
    if UMBRELLA.read_text() == wanted:
        return 0
    if check:
        print("charts/bunmart/values.schema.json is stale: run `make charts`.", file=sys.stderr)
        return 1
    UMBRELLA.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
