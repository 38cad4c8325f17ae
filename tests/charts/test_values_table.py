"""The tables of values in the READMEs, and the tool that writes them."""

import json
from pathlib import Path

import pytest

from tests.charts.known import PARTS
from tests.charts.rendering import CHARTS, NAMES
from tools.chart_values import Value, main, resolve, values_of, with_table


@pytest.mark.parametrize("name", NAMES)
def test_the_values_table_is_fresh(name: str) -> None:
    assert (CHARTS / name / "README.md").read_text() == with_table(CHARTS / name), "run `make chart-docs`"


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_described(name: str) -> None:
    schema = json.loads((CHARTS / name / "values.schema.json").read_text())

    values = list(values_of(schema))

    assert values
    assert [each.name for each in values if not each.schema.get("description")] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_map_of_a_schema_takes_what_it_does_not_know(name: str) -> None:
    values = values_of(json.loads((CHARTS / name / "values.schema.json").read_text()))

    maps = [each for each in values if "properties" in each.schema and not _is_part(each)]

    assert [each.name for each in maps if each.schema.get("additionalProperties") is not False] == []


def _is_part(value: Value) -> bool:
    """Whether these are the values of a part, which the schema of its own chart checks."""
    return value.path[0] in PARTS and len(value.path) == 1


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart with a value of each form."""
    schema = {
        "properties": {
            "image": {
                "type": "object",
                "description": "The image.",
                "properties": {"tag": {"$ref": "#/$defs/tag"}},
            },
            "level": {"enum": ["a|b", None], "description": "One\nof two."},
            "replicas": {"type": ["integer", "null"], "minimum": 1, "description": "Pods."},
            "secrets": {
                "type": "array",
                "description": "Secrets.",
                "items": {"type": "object", "properties": {"key": {"type": "string", "description": "Key."}}},
            },
        },
        "$defs": {"tag": {"type": "string", "description": "A tag."}},
    }
    (tmp_path / "values.schema.json").write_text(json.dumps(schema))
    (tmp_path / "values.yaml").write_text("image: {tag: v1}\nlevel: null\nreplicas: 2\nsecrets: []\n")
    (tmp_path / "README.md").write_text("# Chart\n\n<!-- values -->\n<!-- /values -->\n\nMore.\n")
    return tmp_path


def test_a_table_says_name_type_default_and_description(chart: Path) -> None:
    assert main(["--check", str(chart)]) == 1
    assert main([str(chart)]) == 0

    assert main(["--check", str(chart)]) == 0
    assert (chart / "README.md").read_text().splitlines() == [
        "# Chart",
        "",
        "<!-- values -->",
        "| value | type | default | description |",
        "|---|---|---|---|",
        "| `image` | object |  | The image. |",
        '| `image.tag` | string | `"v1"` | A tag. |',
        '| `level` | `"a\\|b"` or `null` | `null` | One of two. |',
        "| `replicas` | integer or null ≥ 1 | `2` | Pods. |",
        "| `secrets` | array of object | `[]` | Secrets. |",
        "| `secrets[].key` | string |  | Key. |",
        "<!-- /values -->",
        "",
        "More.",
    ]


def test_a_readme_without_a_place_for_the_table_is_an_error(chart: Path) -> None:
    (chart / "README.md").write_text("# Chart\n")

    with pytest.raises(ValueError, match="needs <!-- values -->"):
        main([str(chart)])


def test_what_stands_beside_a_reference_wins() -> None:
    root = {"$defs": {"port": {"type": "integer", "description": "A port."}}}

    assert resolve({"$ref": "#/$defs/port", "description": "HTTP."}, root) == {
        "type": "integer",
        "description": "HTTP.",
    }
