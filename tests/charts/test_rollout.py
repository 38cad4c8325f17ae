"""What an upgrade restarts: the pods whose configuration changed, and no others."""

from typing import Any

import pytest

from tests.charts.cases import CASES, Case
from tests.charts.known import PARTS
from tests.charts.overrides import put
from tests.charts.rendering import Charts, Manifest, Render

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
APPS = set(PARTS) - {"edge"}


def templates(render: Render) -> dict[str, Manifest]:
    """The pod templates of the Deployments."""
    return {each.owner["metadata"]["name"]: each.template for each in render.workloads if each.is_long_lived}


def jobs(render: Render) -> set[str]:
    """The names of the migrations."""
    return {name for name in render.names("Job") if "-migrate-" in name}


@pytest.mark.parametrize(
    ("path", "value", "restarted"),
    [
        ("global.logLevel", "DEBUG", APPS),
        ("global.image.tag", "2.0.0", set(PARTS)),
        ("global.mesh.envoy.image.tag", "v1.40.1", set(PARTS)),
        ("order.env", {"BUNMART_EXAMPLE": "1"}, {"order"}),
        ("order.image.tag", "2.0.0", {"order"}),
        ("payment.resources.limits.memory", "512Mi", {"payment"}),
        ("order.database.url", "postgresql://order:secret@db/order", {"order"}),
        ("ingress.cors.origins", ["https://shop.example"], {"edge"}),
        ("order.replicas", 5, set()),
        ("global.autoscaling.enabled", True, set()),
        ("global.podMonitor.enabled", True, set()),
        ("global.networkPolicy.enabled", False, set()),
        ("seed.enabled", True, set()),
    ],
)
def test_an_upgrade_restarts_what_changed(
    path: str, value: Any, restarted: set[str], charts: Charts, renders: dict[str, Render]
) -> None:
    values: dict[str, Any] = {}
    put(values, tuple(path.split(".")), value)
    before = templates(renders["bunmart"])

    after = templates(charts.render("bunmart", values))

    assert {name for name in before if before[name] != after[name]} == restarted


def test_a_migration_runs_again_for_a_new_image_only(charts: Charts, renders: dict[str, Render]) -> None:
    before = jobs(renders["bunmart"])

    assert jobs(charts.render("bunmart", {"order": {"replicas": 3}})) == before
    again = jobs(charts.render("bunmart", {"order": {"image": {"tag": "2.0.0"}}})) - before
    assert [name.rpartition("-")[0] for name in again] == ["order-migrate"]


@cases
def test_what_selects_pods_for_ever_names_only_part_and_release(
    case: Case, renders: dict[str, Render]
) -> None:
    selectors = [
        each["spec"]["selector"]["matchLabels"].keys() for each in renders[case.name].of("Deployment")
    ]

    assert all(keys == {"app.kubernetes.io/name", "app.kubernetes.io/instance"} for keys in selectors)


@cases
def test_an_autoscaler_alone_says_how_many_pods_there_are(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]

    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in render.of("HorizontalPodAutoscaler")}

    fixed = {each["metadata"]["name"] for each in render.of("Deployment") if "replicas" in each["spec"]}
    assert fixed & scaled == set()


@cases
def test_nothing_but_tests_is_a_hook(case: Case, renders: dict[str, Render]) -> None:
    """Helm forgets hooks: it neither waits for them as for the rest nor deletes them with the release."""
    hooks = {
        each["metadata"].get("annotations", {}).get("helm.sh/hook") for each in renders[case.name].objects
    }

    assert hooks <= {None, "test"}
