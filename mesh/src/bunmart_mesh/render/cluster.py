"""Where things are in Kubernetes: every pod is alike, peers are found by the names of their Services."""

from dataclasses import dataclass

from bunmart_mesh.render.edge import EdgeOptions
from bunmart_mesh.render.helm import CLUSTER_DOMAIN, NAMESPACE, helm
from bunmart_mesh.render.placement import LOOPBACK, Address, Direction

EVERYWHERE = "0.0.0.0"
SECRETS = "/etc/envoy"
"""Where the ConfigMap with ``envoy.yaml`` and the SDS files is mounted."""
CERTIFICATES = "/etc/envoy-tls"
"""Where the Secret is mounted; kubelet replaces all its files by one rename in this folder."""

INBOUND, OUTBOUND, ADMIN, METRICS, HEALTH, EDGE = 15006, 15001, 15000, 15020, 15021, 8080
APP_HTTP, APP_GRPC = 8000, 9090

CONNECTION_SECONDS = 25
"""The edge's preStop sleep outlasts it by the time in which clients see the pod leave, and by the 5 s that
HTTP/2 has between its two GOAWAYs."""

_CORS = 'join "|" .Values.ingress.cors.origins | default "none" | quote'
"""Envoy refuses an empty expression; no origin is called "none"."""
_LIMIT = ".Values.ingress.rateLimit"


def cluster_edge_options() -> EdgeOptions:
    """Return the options of the edge, by the values of the chart ``bunmart``."""
    return EdgeOptions(
        # Helm reads the numbers of values as floats: 1000000 would become 1e+06.
        requests_per_second=helm(f"int {_LIMIT}.requestsPerSecond"),
        burst=helm(f"int {_LIMIT}.burst"),
        issuer=helm(".Values.global.jwt.issuer | quote"),
        audience=helm(".Values.global.jwt.audience | quote"),
        origins=(helm(_CORS),),
        trusted_hops=helm("int .Values.ingress.trustedHops"),
        connection_seconds=CONNECTION_SECONDS,
    )


@dataclass(frozen=True)
class KubernetesPlacement:
    """A pod per part: fixed ports, the application on the loopback interface, files as they are mounted.

    Attributes:
        namespace: Of the release.
        cluster_domain: The cluster's DNS domain.
    """

    namespace: str = NAMESPACE
    cluster_domain: str = CLUSTER_DOMAIN

    def inbound(self, part: str) -> Address:  # noqa: ARG002 - the same in every pod
        """Return port 15006 of all interfaces."""
        return Address(EVERYWHERE, INBOUND)

    def outbound(self, part: str) -> Address:  # noqa: ARG002
        """Return port 15001 of the pod's loopback interface."""
        return Address(LOOPBACK, OUTBOUND)

    def admin(self, part: str) -> Address:  # noqa: ARG002
        """Return port 15000 of the pod's loopback interface."""
        return Address(LOOPBACK, ADMIN)

    def edge(self) -> Address:
        """Return port 8080 of all interfaces."""
        return Address(EVERYWHERE, EDGE)

    def health(self, part: str) -> Address:  # noqa: ARG002
        """Return port 15021 of all interfaces."""
        return Address(EVERYWHERE, HEALTH)

    def metrics(self, part: str) -> Address:  # noqa: ARG002
        """Return port 15020 of all interfaces."""
        return Address(EVERYWHERE, METRICS)

    def app_http(self, part: str) -> Address:  # noqa: ARG002
        """Return port 8000 of the pod's loopback interface."""
        return Address(LOOPBACK, APP_HTTP)

    def app_grpc(self, part: str) -> Address:  # noqa: ARG002
        """Return port 9090 of the pod's loopback interface."""
        return Address(LOOPBACK, APP_GRPC)

    def peer(self, part: str) -> Address:
        """Return the headless Service, whose name has the address of every ready pod."""
        return Address(self.authorities(part)[-1], INBOUND)

    def authorities(self, part: str) -> tuple[str, ...]:
        """Return ``order``, ``order.<namespace>``, ``order.<namespace>.svc`` and the full name."""
        service = f"{part}.{self.namespace}.svc"
        return (part, f"{part}.{self.namespace}", service, f"{service}.{self.cluster_domain}")

    def secrets(self, part: str) -> str:  # noqa: ARG002
        """Return the folder of the ConfigMap."""
        return SECRETS

    def access_log(self, part: str, direction: Direction) -> None:  # noqa: ARG002
        """Return nothing: access logs go to standard output."""
        return
