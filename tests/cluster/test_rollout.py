"""An upgrade and a rollback under load, with two replicas of everything: nobody notices."""

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import PARTS, RELEASE, Cluster, until
from tests.cluster.load import Load

TWO = [*(f"{part}.replicas=2" for part in PARTS)]


@pytest.fixture(scope="module")
def doubled(release: Cluster) -> Cluster:
    """The release with two replicas of each part."""
    two = [*TWO, "edge.replicas=2"] if release.provider == "envoy" else TWO
    release.install(*two)
    until(release.rolled_out, "two replicas of everything", 300)
    return release


@pytest.fixture(scope="module")
def url(doubled: Cluster) -> Iterator[str]:
    """Where a browser finds the shop."""
    with doubled.browser() as address:
        yield address


def images(cluster: Cluster) -> set[str]:
    """The tags that run now."""
    pods = cluster.get("pods", "-l", f"app.kubernetes.io/instance={RELEASE}")
    return {
        container["image"].rpartition(":")[2]
        for pod in pods
        for container in pod["spec"]["containers"]
        if container["name"] == "app" and "deletionTimestamp" not in pod["metadata"]
        if pod["metadata"]["labels"]["app.kubernetes.io/name"] in PARTS
    }


def test_an_upgrade_under_load_fails_no_request(doubled: Cluster, url: str) -> None:
    two = [*TWO, "edge.replicas=2"] if doubled.provider == "envoy" else TWO

    with Load(url) as load:
        took = doubled.install(*two, tag=doubled.next_tag)
        until(doubled.rolled_out, "the upgrade is rolled out", 600)
    doubled.figures["helm upgrade of 11 parts, two pods each, under load"] = f"{took:.0f} s"
    doubled.figures["requests during the upgrade, failed"] = f"{load.requests}, {len(load.failures)}"

    assert images(doubled) == {doubled.next_tag}
    assert load.told
    assert load.failures == []


def test_a_rollback_under_load_fails_no_request(doubled: Cluster, url: str) -> None:
    with Load(url) as load:
        doubled.helm("rollback", RELEASE, "--wait", "--timeout", "12m")
        until(doubled.rolled_out, "the rollback is rolled out", 600)
    doubled.figures["requests during the rollback, failed"] = f"{load.requests}, {len(load.failures)}"

    assert images(doubled) == {doubled.tag}
    assert load.told
    assert load.failures == []


def test_a_replaced_ingress_under_load_fails_no_request(doubled: Cluster, url: str) -> None:
    name, _ = doubled.ingress
    doubled.kubectl("scale", f"deployment/{name}", "--replicas=2")
    until(lambda: doubled.rolled_out() and len(ingress_pods(doubled)) == 2, "two pods of the ingress", 180)
    before = ingress_pods(doubled)

    with Load(url) as load:
        doubled.kubectl("rollout", "restart", f"deployment/{name}")
        until(lambda: not before & ingress_pods(doubled), "the pods of before are gone", 300)
    doubled.figures["requests while the ingress is replaced, failed"] = (
        f"{load.requests}, {len(load.failures)}"
    )

    assert len(ingress_pods(doubled)) == 2
    assert load.told
    assert load.failures == []


def ingress_pods(cluster: Cluster) -> set[str]:
    """Those that are ending too."""
    (deployment,) = cluster.get("deployment", cluster.ingress[0])
    labels = ",".join(
        f"{key}={value}" for key, value in deployment["spec"]["selector"]["matchLabels"].items()
    )
    return {pod["metadata"]["name"] for pod in cluster.get("pods", "-l", labels)}
