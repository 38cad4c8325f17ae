"""Helm keeps a release, its chart included, in one Secret, and a Secret holds a mebibyte."""

import base64
import gzip
import json
from typing import Any

import pytest

from tests.charts.cases import EXAMPLES, Case
from tests.charts.overrides import aliases
from tests.charts.rendering import RELEASES, Charts

LIMIT = 1024 * 1024
SPARE = 0.75
"""How much of it may be used: an operator's values and another service must still fit."""


def stored(charts: Charts, name: str) -> dict[str, Any]:
    """A chart as Helm stores it; each alias is stored with a copy of its chart."""
    with charts.load(name) as chart:
        contents = json.dumps([chart.templates, chart.files, chart.schema])
        values = chart.values
    return {
        "contents": base64.b64encode(contents.encode()).decode(),
        "values": values,
        "dependencies": [stored(charts, each) for each in aliases(name).values()],
    }


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.name)
def test_a_release_fits_into_its_secret(case: Case, charts: Charts) -> None:
    release, namespace = RELEASES[case.chart]
    with charts.load(case.chart) as chart:
        manifest = "\n---\n".join(chart.render(case.values, name=release, namespace=namespace).values())
    content = {"chart": stored(charts, case.chart), "manifest": manifest, "config": case.values}

    size = len(base64.b64encode(gzip.compress(json.dumps(content).encode())))

    assert size < SPARE * LIMIT, f"{size / 1024:.0f} KiB"
