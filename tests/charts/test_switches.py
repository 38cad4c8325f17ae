"""Whatever the schemas accept renders, into objects that are valid and hang together."""

from collections import Counter

import helm_python
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tests.charts.cases import CASES, Case
from tests.charts.references import dangling
from tests.charts.rendering import Charts, Render
from tests.charts.strategies import installations
from tests.charts.validation import problems, unreadable


def twice(render: Render) -> list[tuple[str, str, str]]:
    """Name the objects that are rendered more than once."""
    keys = (
        (each["apiVersion"].partition("/")[0], each["kind"], each["metadata"]["name"])
        for each in render.objects
    )
    return [key for key, times in Counter(keys).items() if times > 1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_an_example_refers_to_exists(case: Case, renders: dict[str, Render]) -> None:
    assert dangling(renders[case.name]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_example_renders_no_object_twice(case: Case, renders: dict[str, Render]) -> None:
    assert twice(renders[case.name]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_files_in_a_config_map_are_what_their_names_say(case: Case, renders: dict[str, Render]) -> None:
    assert [text for each in renders[case.name].objects for text in unreadable(each)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_release_and_its_namespace_may_be_called_by_numbers(case: Case, charts: Charts) -> None:
    render = charts.render(case.chart, case.values, ("7", "1e3"))

    assert [text for each in render.objects for text in problems(each)] == []
    assert {each["metadata"].get("namespace", "1e3") for each in render.objects} <= {"1e3", "bunmart"}


def test_a_service_alone_says_that_it_has_no_envoy(charts: Charts) -> None:
    with pytest.raises(helm_python.HelmRenderError, match="Install this chart through charts/bunmart"):
        charts.render("service")


@pytest.mark.parametrize("provider", ["envoy", "istio"])
@given(data=st.data())
@settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_schemas_accept_renders(provider: str, data: st.DataObject, charts: Charts) -> None:
    values = data.draw(installations(provider), label="values")
    try:
        render = charts.render("bunmart", values)
    except helm_python.HelmValuesError:
        reject()

    assert [text for each in render.objects for text in problems(each)] == []
    assert [text for each in render.objects for text in unreadable(each)] == []
    assert dangling(render) == []
    assert twice(render) == []
