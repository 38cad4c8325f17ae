"""Addresses and paths in Kubernetes: every pod is alike, peers are found by the names of their Services."""

from dataclasses import dataclass

from typing_extensions import override

from bunmart_mesh.render import pod_ports
from bunmart_mesh.render.envoy.edge import EdgeOptions
from bunmart_mesh.render.envoy.placement import LOOPBACK, Address, Direction, Placement
from bunmart_mesh.render.helm.expressions import CLUSTER_DOMAIN, NAMESPACE, helm

ALL_INTERFACES = "0.0.0.0"
SECRETS = "/etc/envoy"
"""The folder where the ConfigMap with ``envoy.yaml`` and the SDS files is mounted."""
CERTIFICATES = "/etc/envoy-tls"
"""The folder where the Secret is mounted; kubelet replaces all its files by one rename in this folder."""

CONNECTION_SECONDS = 25
"""The edge's preStop sleep outlasts it by the time in which clients see the pod leave, and by the 5 s that
HTTP/2 has between its two GOAWAYs."""

_CORS = 'join "|" .Values.ingress.cors.origins | default "none" | quote'
"""Envoy refuses an empty expression; no origin is called "none"."""
_LIMIT = ".Values.ingress.rateLimit"


def kubernetes_edge_options() -> EdgeOptions:
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
class KubernetesPlacement(Placement):
    """A pod per part: fixed ports, the application on the loopback interface, files as they are mounted.

    Attributes:
        namespace: Of the release.
        cluster_domain: The cluster's DNS domain.
    """

    namespace: str = NAMESPACE
    cluster_domain: str = CLUSTER_DOMAIN

    @override
    def inbound(self, part: str) -> Address:
        return Address(ALL_INTERFACES, pod_ports.ENVOY_INBOUND)

    @override
    def outbound(self, part: str) -> Address:
        return Address(LOOPBACK, pod_ports.ENVOY_OUTBOUND)

    @override
    def admin(self, part: str) -> Address:
        return Address(LOOPBACK, pod_ports.ENVOY_ADMIN)

    @override
    def edge(self) -> Address:
        return Address(ALL_INTERFACES, pod_ports.EDGE)

    @override
    def health(self, part: str) -> Address:
        return Address(ALL_INTERFACES, pod_ports.ENVOY_HEALTH)

    @override
    def metrics(self, part: str) -> Address:
        return Address(ALL_INTERFACES, pod_ports.ENVOY_METRICS)

    @override
    def app_http(self, part: str) -> Address:
        return Address(LOOPBACK, pod_ports.APP_HTTP)

    @override
    def app_grpc(self, part: str) -> Address:
        return Address(LOOPBACK, pod_ports.APP_GRPC)

    @override
    def app_endpoints(self, part: str) -> None:
        """Return nothing: another run of the application is another pod."""
        return

    @override
    def peer(self, part: str) -> Address:
        """Return the headless Service, whose name has the address of every ready pod."""
        return Address(self.authorities(part)[-1], pod_ports.ENVOY_INBOUND)

    @override
    def authorities(self, part: str) -> tuple[str, ...]:
        """Return ``order``, ``order.<namespace>``, ``order.<namespace>.svc`` and the full name."""
        service = f"{part}.{self.namespace}.svc"
        return (part, f"{part}.{self.namespace}", service, f"{service}.{self.cluster_domain}")

    @override
    def secrets(self, part: str) -> str:
        return SECRETS

    @override
    def access_log(self, part: str, direction: Direction) -> None:
        return
