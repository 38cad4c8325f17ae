"""What the Istio objects share: API versions, conditions, principals, ports."""

from bunmart_mesh.render.helm import NAMESPACE, TRUST_DOMAIN, helm

SECURITY = "security.istio.io/v1"
NETWORKING = "networking.istio.io/v1"
TELEMETRY = "telemetry.istio.io/v1"
ENVOY_FILTER = "networking.istio.io/v1alpha3/EnvoyFilter"
GATEWAY_API = "gateway.networking.k8s.io/v1"

PROVIDER = 'eq .Values.global.mesh.provider "istio"'
HTTP_PORT = 8000
GRPC_PORT = 9090

GATEWAY = "bunmart"
"""The Gateway; Istio names its pods' ServiceAccount ``<gateway>-<class>``."""
BY_GATEWAY = 'eq .Values.ingress.kind "gateway"'
BY_CONTROLLER = 'eq .Values.ingress.kind "ingress"'


def principal(part: str) -> str:
    """The identity of a part as Istio's policies write it: the SPIFFE id without its scheme."""
    return f"{TRUST_DOMAIN}/ns/{NAMESPACE}/sa/{part}"


def gateway_principal() -> str:
    """The identity of the pods that Istio runs for the Gateway."""
    return principal(f"{GATEWAY}-{helm('.Values.global.mesh.istio.gatewayClass')}")


def enabled(part: str) -> str:
    """The condition under which a release has that part."""
    return f".Values.{part}.enabled"
