"""The charts around the shop: what they accept renders valid objects, and what holds data outlives the release."""

from typing import Any

import helm_python
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tests.charts.known import SERVICES
from tests.charts.references import dangling
from tests.charts.rendering import Charts, Render
from tests.charts.strategies import Values
from tests.charts.validation import problems

KEEP = {"helm.sh/resource-policy": "keep"}


def values_of(chart: str) -> st.SearchStrategy[dict[str, Any]]:
    """Some values of a chart, those that are given complete or not."""
    values = Values(chart)
    return st.fixed_dictionaries({}, optional={key: values.of(key) for key in values.root["properties"]})


def assert_sound(render: Render) -> None:
    assert [text for each in render.objects for text in problems(each)] == []
    assert dangling(render) == []


def render_accepted(charts: Charts, name: str, values: dict[str, Any]) -> Render:
    try:
        return charts.render(name, values)
    except helm_python.HelmValuesError:
        reject()


@given(values=values_of("development"))
@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_development_chart_accepts_renders(values: dict[str, Any], charts: Charts) -> None:
    assert_sound(render_accepted(charts, "development", values))


@given(values=values_of("databases"))
@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_databases_chart_accepts_renders(values: dict[str, Any], charts: Charts) -> None:
    assert_sound(render_accepted(charts, "databases", values))


def test_data_and_what_opens_them_outlive_the_release(charts: Charts) -> None:
    storage = {"localPath": "/data"}
    values = {"postgres": {"storage": storage}, "stripeEmulator": {"storage": storage}}

    kept = charts.render("development", values).of(
        "Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim"
    )

    assert len(kept) == 10 + len(SERVICES)
    assert [each["metadata"]["name"] for each in kept if each["metadata"].get("annotations") != KEEP] == []


@pytest.mark.parametrize("keep", [True, False])
def test_clusters_outlive_the_release_unless_told_otherwise(charts: Charts, keep: bool) -> None:
    clusters = charts.render("databases", {"keep": keep}).of("Cluster")

    assert len(clusters) == len(SERVICES)
    assert [each["metadata"].get("annotations") for each in clusters] == [KEEP if keep else None] * len(
        SERVICES
    )


def test_a_service_has_its_own_values_where_it_gives_them(charts: Charts) -> None:
    values = {
        "cluster": {"instances": 2, "storage": {"size": "1Gi", "className": "fast"}},
        "services": {"order": {"storage": {"size": "9Gi"}}, "review": {"enabled": False}},
    }

    specs = {
        each["metadata"]["name"]: each["spec"] for each in charts.render("databases", values).of("Cluster")
    }

    assert specs["order-db"]["storage"] == {"size": "9Gi", "storageClass": "fast"}
    assert specs["cart-db"]["storage"] == {"size": "1Gi", "storageClass": "fast"}
    assert {spec["instances"] for spec in specs.values()} == {2}
    assert "review-db" not in specs


@pytest.mark.parametrize(
    "backup",
    [
        {"enabled": True},
        {"enabled": True, "objectStore": "a", "volumeSnapshotClass": "b"},
        {"enabled": True, "objectStore": "a", "schedule": "0 2 * * *"},
    ],
    ids=["nowhere", "twice", "five fields"],
)
def test_backups_need_one_place_and_a_schedule_with_seconds(charts: Charts, backup: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmValuesError):
        charts.render("databases", {"backup": backup})
