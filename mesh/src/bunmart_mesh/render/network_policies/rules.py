"""The rules of which NetworkPolicies are made: who, and on which ports of the container."""

from typing import Any

from bunmart_mesh.render.helm import helm
from bunmart_mesh.render.istio.names import BY_CONTROLLER, BY_GATEWAY, GATEWAY
from bunmart_mesh.render.manifests import Manifest, each, fragment, pods_of, shared, when
from bunmart_mesh.render.sds import Config

VALUES = ".Values.global.networkPolicy"
ENVOY = 'eq .Values.global.mesh.provider "envoy"'
ISTIO = 'eq .Values.global.mesh.provider "istio"'
ISTIO_GATEWAY = f"and ({ISTIO}) ({BY_GATEWAY})"
ISTIO_CONTROLLER = f"and ({ISTIO}) ({BY_CONTROLLER})"

MESH, GRPC, HTTP, EDGE = 15006, 9090, 8000, 8080
GATEWAY_PODS = {"matchLabels": {"gateway.networking.k8s.io/gateway-name": GATEWAY}}

DNS = shared("bunmart.networkPolicy.dns")
METRICS = shared("bunmart.networkPolicy.metrics")
DATABASE = shared("bunmart.networkPolicy.database")
TELEMETRY = shared("bunmart.networkPolicy.telemetry")
CONTROL_PLANE = shared("bunmart.networkPolicy.controlPlane")
INGRESS = shared("bunmart.networkPolicy.ingress")
"""Rules of several policies."""

_NAMESPACE = "kubernetes.io/metadata.name"
_CONTROLLER = "$.Values.ingress.controller"
_ITS_NAMESPACE = (
    f'ternary (dict "matchLabels" (dict "{_NAMESPACE}" {_CONTROLLER}.namespace)) dict'
    f" (not (empty {_CONTROLLER}.namespace)) | toJson"
)
_METRICS, _ISTIOD = 15020, 15012


def network_policy(
    name: str, selected: Config, ingress: list[Any], egress: list[Any], condition: str
) -> Manifest:
    """Return a policy; pods that it selects may do nothing else."""
    spec = {
        "podSelector": selected,
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": egress,
    }
    return Manifest("networking.k8s.io/v1/NetworkPolicy", name, {"spec": spec}, condition)


def pods(*names: str) -> list[Config]:
    """The pods of those names of this release, as peers."""
    return [{"podSelector": pods_of(*names)}]


def ports(*numbers: int) -> list[Config]:
    """TCP ports."""
    return [{"protocol": "TCP", "port": number} for number in numbers]


def controller() -> Config:
    """The pods of the ingress controller, as far as the values name them."""
    return {
        "namespaceSelector": helm(_ITS_NAMESPACE),
        "podSelector": {"matchLabels": helm(f"toJson {_CONTROLLER}.podLabels")},
    }


def to_outside(
    purpose: str, *, own_namespace: bool = False, protocols: tuple[str, ...] = ("TCP",)
) -> list[Any]:
    """Reach what the values name for a purpose, outside the mesh.

    Args:
        purpose: The key below ``global.networkPolicy.egress``.
        own_namespace: Whether all pods of the release's namespace are meant too.
        protocols: How; each on all ports.
    """
    values = f"{VALUES}.egress.{purpose}"
    address = {"ipBlock": {"cidr": helm(". | quote")}}
    peers = [
        *([{"podSelector": {}}] if own_namespace else []),
        *each(f"{values}.namespaces", [_namespace(helm(". | quote"))]),
        *each(f"{values}.cidrs", [address]),
    ]
    at_port = [{"protocol": protocol, "port": helm("int .")} for protocol in protocols]
    rule = {"to": peers, "ports": each(f"{values}.ports", at_port)}
    # A rule without a peer would mean everybody.
    return [rule] if own_namespace else when(f"or {values}.namespaces {values}.cidrs", [rule])


def rule_fragments() -> str:
    """Write the rules that several policies share."""
    shared_rules = {
        # Not at any address: a tunnel through DNS would lead to whoever listens on its port.
        "dns": to_outside("dns", protocols=("UDP", "TCP")),
        "metrics": _from_monitoring(),
        # The clusters of CloudNativePG are where their Secrets are: in the release's namespace.
        "database": to_outside("database", own_namespace=True),
        "telemetry": to_outside("telemetry"),
        "controlPlane": _to_control_plane(),
        "ingress": _to_ingress(),
    }
    return "".join(fragment(f"bunmart.networkPolicy.{name}", rules) for name, rules in shared_rules.items())


def _namespace(name: str) -> Config:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: name}}}


def _from_monitoring() -> list[Any]:
    monitoring = f"{VALUES}.monitoringNamespace"
    return when(monitoring, [{"from": [_namespace(helm(f"{monitoring} | quote"))], "ports": ports(_METRICS)}])


def _to_control_plane() -> list[Any]:
    istiod = {
        "to": [_namespace(helm(".Values.global.mesh.istio.namespace | quote"))],
        "ports": ports(_ISTIOD),
    }
    return when(ISTIO, [istiod])


def _to_ingress() -> list[Any]:
    return [
        *when(ENVOY, [{"to": pods("edge"), "ports": ports(EDGE)}]),
        *when(ISTIO_GATEWAY, [{"to": [{"podSelector": GATEWAY_PODS}], "ports": ports(80, 443)}]),
        *when(ISTIO_CONTROLLER, [{"to": [controller()]}]),
    ]
