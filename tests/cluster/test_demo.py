"""An order from sign-up to review through the ingress, and what the pods cost then."""

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import DEVELOPMENT, PARTS, Cluster
from tests.cluster.load import tell


@pytest.fixture(scope="module")
def outside(release: Cluster) -> Iterator[str]:
    """The ingress as a person at a laptop reaches it; the Stripe emulator stands where the shop says."""
    service, port = release.ingress
    with (
        release.forward(f"service/{service}", port, local=8080) as local,
        release.forward("service/stripe-emulator", 21210, DEVELOPMENT, local=21210),
    ):
        yield f"http://127.0.0.1:{local}"


def test_the_demo_passes_through_the_ingress(release: Cluster, outside: str) -> None:
    told = tell(outside)

    assert told.ok, told.error
    assert told.requests > 30


def test_the_memory_of_the_pods_is_measured(release: Cluster) -> None:
    lines = [
        line.split() for line in release.kubectl("top", "pods", "--containers", "--no-headers").splitlines()
    ]
    used: dict[str, list[int]] = {}
    for _, container, _, memory in lines:
        used.setdefault(container, []).append(int(memory.removesuffix("Mi")))
    for container, megabytes in sorted(used.items()):
        release.figures[f"memory of `{container}`, {len(megabytes)} containers"] = (
            f"{min(megabytes)} to {max(megabytes)} MiB, {sum(megabytes)} together"
        )
    assert len(used["app"]) >= len(PARTS)
