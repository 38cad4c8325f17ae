"""Names in all Istio objects: API versions, conditions, principals."""

from bunmart_mesh.render.helm.expressions import NAMESPACE, TRUST_DOMAIN, helm

SECURITY = "security.istio.io/v1"
NETWORKING = "networking.istio.io/v1"
TELEMETRY = "telemetry.istio.io/v1"
ENVOY_FILTER = "networking.istio.io/v1alpha3/EnvoyFilter"
GATEWAY_API = "gateway.networking.k8s.io/v1"

PROVIDER = 'eq .Values.global.mesh.provider "istio"'

GATEWAY = "bunmart"
"""The Gateway; Istio names its pods' ServiceAccount ``<gateway>-<class>``."""
BY_GATEWAY = 'eq .Values.ingress.kind "gateway"'
BY_CONTROLLER = 'eq .Values.ingress.kind "ingress"'


def principal(part: str) -> str:
    """Return the identity of a part as Istio's policies write it: the SPIFFE id without its scheme."""
    return f"{TRUST_DOMAIN}/ns/{NAMESPACE}/sa/{part}"


def gateway_principal() -> str:
    """Return the identity of the pods that Istio runs for the Gateway."""
    return principal(f"{GATEWAY}-{helm('.Values.global.mesh.istio.gatewayClass')}")


def enabled(part: str) -> str:
    """Return the condition under which a release has that part."""
    return f".Values.{part}.enabled"
