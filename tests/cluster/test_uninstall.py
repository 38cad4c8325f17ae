"""What is left of a release that was taken away: nothing."""

from tests.cluster.cluster import RELEASE, Cluster, until

OUTSIDE = ("kube-root-ca.crt", "istio-ca-root-cert", "istio-ca-crl", "default", "kubernetes")
EPHEMERAL = {"events", "events.events.k8s.io", "pods.metrics.k8s.io", "leases.coordination.k8s.io"}


def left_over(cluster: Cluster) -> list[str]:
    """Everything in the namespace that belongs to no other release and that Kubernetes did not make."""
    kinds = cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    found = []
    for kind in sorted(set(kinds) - EPHEMERAL):
        for one in cluster.get(kind):
            metadata = one["metadata"]
            owner = metadata.get("annotations", {}).get("meta.helm.sh/release-name", RELEASE)
            if owner == RELEASE and metadata["name"] not in OUTSIDE:
                found.append(f"{kind}/{metadata['name']}")
    return found


def test_uninstall_leaves_no_orphans(release: Cluster) -> None:
    release.uninstall()

    until(lambda: not left_over(release), f"nothing is left, but there is {left_over(release)}", 120)
