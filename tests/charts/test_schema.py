"""A value that is misspelled or of the wrong type is refused, wherever it stands."""

import copy
from typing import Any

import pytest

from tests.charts.known import SERVICES
from tests.charts.overrides import Path, Refusal, aliases, defaults, leaves, mappings, put
from tests.charts.rendering import NAMES, Charts

FREE = frozenset({"env", "annotations", "labels", "podAnnotations", "podLabels", "nodeSelector", "affinity"})
"""Maps whose keys are the operator's own."""

each_chart = pytest.mark.parametrize("name", NAMES)


def misspelled(key: str) -> str:
    """``replicas`` as ``erplicas``."""
    return f"{key[1]}{key[0]}{key[2:]}" if len(key) > 1 and key[0] != key[1] else f"{key}x"


@each_chart
def test_the_defaults_are_accepted(name: str, charts: Charts) -> None:
    assert Refusal(charts.load(name), defaults(name)).text == ""


@each_chart
def test_every_misspelled_value_is_refused_by_its_name(name: str, charts: Charts) -> None:
    values = defaults(name)
    typos: set[Path] = set()
    for path, mapping in list(mappings(defaults(name))):
        if not FREE.intersection(path):
            for key, value in mapping.items():
                typos.add((*path, misspelled(key)))
                put(values, (*path, misspelled(key)), copy.deepcopy(value))

    refusal = Refusal(charts.load(name), values)

    assert len(typos) > 10
    assert sorted(typos - refusal.unknown) == []


@pytest.mark.parametrize(
    "typo",
    [
        "odrer",
        "global.pubilcUrl",
        "global.mesh.porvider",
        "order.relpicas",
        "order.image.tga",
        "edge.service.tpye",
    ],
)
def test_a_typo_alone_is_refused_by_its_name(typo: str, charts: Charts) -> None:
    values: dict[str, Any] = {}
    put(values, tuple(typo.split(".")), {})

    assert Refusal(charts.load("bunmart"), values).unknown == {tuple(typo.split("."))}


@each_chart
@pytest.mark.parametrize("wrong", [[{"wrong": 1}], {"wrong": {}}, 1.5], ids=["list", "map", "number"])
def test_every_value_of_a_wrong_type_is_refused(name: str, wrong: Any, charts: Charts) -> None:
    values: dict[str, Any] = {}
    paths = {
        path
        for path, value in leaves(defaults(name))
        if not FREE.intersection(path) and type(value) is not type(wrong)
    }
    for path in paths:
        put(values, path, wrong)

    refused = Refusal(charts.load(name), values).paths

    assert sorted(path for path in paths if not any(each[: len(path)] == path for each in refused)) == []


@each_chart
def test_a_number_or_a_switch_in_quotes_is_refused(name: str, charts: Charts) -> None:
    values: dict[str, Any] = {}
    paths = {path for path, value in leaves(defaults(name)) if isinstance(value, bool | int | float)}
    for path in paths:
        put(values, path, "3")

    refused = Refusal(charts.load(name), values).paths

    assert sorted(paths - refused) == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("bunmart", ("global", "networkPolicy", "egress", "dns")),
        ("development", ("networkPolicy", "dns")),
    ],
)
def test_a_release_without_resolvers_is_refused(name: str, path: Path, charts: Charts) -> None:
    values: dict[str, Any] = {}
    put(values, path, {"namespaces": [], "cidrs": []})
    assert Refusal(charts.load(name), values).paths >= {path}

    put(values, path, {"namespaces": [], "cidrs": ["169.254.20.10/32"]})
    assert Refusal(charts.load(name), values).text == ""


def test_parts_are_configured_by_their_names() -> None:
    assert set(aliases("bunmart")) == {*SERVICES, "bff"}
