"""A release in the cluster of the current context; skipped unless a provider is named."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import CHART, Cluster
from tests.cluster.stranger import Stranger
from tools.cluster.commands import Target, ToolError

HERE = Path(__file__).parent
# Read before the tests of the services take all such variables out of the environment.
PROVIDER = os.environ.get("BUNMART_CLUSTER_PROVIDER", "")
CONTEXT = os.environ.get("BUNMART_CLUSTER_CONTEXT", "")
KEEP = bool(os.environ.get("BUNMART_CLUSTER_KEEP"))
TAGS = os.environ.get("BUNMART_IMAGE_TAG", "test"), os.environ.get("BUNMART_NEXT_IMAGE_TAG", "test-next")
VALUES = [path for path in os.environ.get("BUNMART_CLUSTER_VALUES", "").split(":") if path]
ORDER = ("install", "access", "demo", "failures", "rollout", "scaling", "uninstall", "upgrade")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files in their order, or skip them."""
    mine = [item for item in items if HERE in item.path.parents]
    mine.sort(key=lambda item: ORDER.index(item.path.stem.removeprefix("test_")))
    items[:] = [item for item in items if HERE not in item.path.parents] + mine
    reason = ""
    if not PROVIDER:
        reason = "needs a cluster: make cluster-test PROVIDER=envoy|istio"
    elif missing := [tool for tool in ("kubectl", "helm") if shutil.which(tool) is None]:
        reason = f"{' and '.join(missing)} not on PATH"
    if reason:
        for item in mine:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        context = Target.choose(CONTEXT).context
    except ToolError as error:
        # Before anything is uninstalled in a cluster that nobody meant.
        pytest.exit(str(error), returncode=2)
    examples = CHART / "examples"
    values = [examples / "dev.yaml", *([examples / "dev-istio.yaml"] if PROVIDER == "istio" else [])]
    cluster = Cluster(
        context=context,
        provider=PROVIDER,
        tag=TAGS[0],
        next_tag=TAGS[1],
        values=[
            str(path) for path in (*values, HERE / "values.yaml", HERE / f"values-{PROVIDER}.yaml", *VALUES)
        ],
    )
    yield cluster
    if not cluster.figures:
        return
    lines = [f"# {PROVIDER}", "", "| what | figure |", "|---|---|"]
    lines += [f"| {what} | {figure} |" for what, figure in cluster.figures.items()]
    report = HERE.parents[1] / ".local" / f"cluster-{PROVIDER}.md"
    report.parent.mkdir(exist_ok=True)
    report.write_text("\n".join(lines) + "\n")
    print("\n".join(["", *lines]))  # noqa: T201 - the person who waited for it wants to see it


@pytest.fixture(scope="session")
def release(cluster: Cluster) -> Cluster:
    """The release, fresh; left alone when it is installed already (``BUNMART_CLUSTER_KEEP``)."""
    if not KEEP or not cluster.helm("list", "--short", "--deployed"):
        cluster.uninstall()
        cluster.figures["install to ready"] = f"{cluster.install():.0f} s"
    return cluster


@pytest.fixture(scope="module")
def stranger(release: Cluster) -> Iterator[Stranger]:
    """A pod that nobody has granted anything."""
    stranger = Stranger(release)
    with stranger.present():
        yield stranger
