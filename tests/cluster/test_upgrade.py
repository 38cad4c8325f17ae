"""An upgrade from an earlier release, chart and images, under load: nobody notices.

``make cluster-upgrade-test FROM=v0.1.0`` has installed the earlier release, with two replicas of each part.
"""

import os

import pytest

from tests.cluster.cluster import PARTS, Cluster, until
from tests.cluster.load import Load

EARLIER = os.environ.get("BUNMART_UPGRADE_FROM", "")
pytestmark = pytest.mark.skipif(not EARLIER, reason="needs an earlier release: make cluster-upgrade-test")


@pytest.fixture(scope="module")
def earlier(cluster: Cluster) -> Cluster:
    """The earlier release, ready."""
    until(cluster.rolled_out, f"{EARLIER} is ready", 300)
    return cluster


def test_an_upgrade_from_the_last_release_fails_no_request(earlier: Cluster) -> None:
    parts = (*PARTS, "edge") if earlier.provider == "envoy" else PARTS

    with earlier.browser() as url, Load(url) as load:
        took = earlier.install(*(f"{part}.replicas=2" for part in parts), tag=earlier.next_tag)
        until(earlier.rolled_out, "the upgrade is rolled out", 900)
    earlier.figures[f"helm upgrade from {EARLIER}"] = f"{took:.0f} s"
    earlier.figures["requests during the upgrade, failed"] = f"{load.requests}, {len(load.failures)}"

    assert load.told
    assert load.failures == []
