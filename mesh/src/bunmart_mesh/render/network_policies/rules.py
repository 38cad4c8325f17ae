"""The rules of which NetworkPolicies are made: peers, and ports of the container."""

from typing import Any

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.helm.expressions import helm
from bunmart_mesh.render.helm.manifests import Manifest, each, fragment, include, pods_of, when
from bunmart_mesh.render.istio.names import BY_CONTROLLER, BY_GATEWAY, GATEWAY
from bunmart_mesh.render.pod_ports import EDGE, ENVOY_METRICS

VALUES = ".Values.global.networkPolicy"
ENVOY = 'eq .Values.global.mesh.provider "envoy"'
ISTIO = 'eq .Values.global.mesh.provider "istio"'
ISTIO_GATEWAY = f"and ({ISTIO}) ({BY_GATEWAY})"
ISTIO_CONTROLLER = f"and ({ISTIO}) ({BY_CONTROLLER})"

GATEWAY_PODS = {"matchLabels": {"gateway.networking.k8s.io/gateway-name": GATEWAY}}

DNS = include("bunmart.networkPolicy.dns")
METRICS = include("bunmart.networkPolicy.metrics")
DATABASE = include("bunmart.networkPolicy.database")
TELEMETRY = include("bunmart.networkPolicy.telemetry")
CONTROL_PLANE = include("bunmart.networkPolicy.controlPlane")
INGRESS = include("bunmart.networkPolicy.ingress")
"""Rules that several policies include."""

_NAMESPACE = "kubernetes.io/metadata.name"
_CONTROLLER = "$.Values.ingress.controller"
_ITS_NAMESPACE = (
    f'ternary (dict "matchLabels" (dict "{_NAMESPACE}" {_CONTROLLER}.namespace)) dict'
    f" (not (empty {_CONTROLLER}.namespace)) | toJson"
)
_ISTIOD = 15012


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
    """Return the pods of those names of this release, as peers."""
    return [{"podSelector": pods_of(*names)}]


def ports(*numbers: int) -> list[Config]:
    """Return TCP ports."""
    return [{"protocol": "TCP", "port": number} for number in numbers]


def controller() -> Config:
    """Return the pods of the ingress controller, as far as the values name them."""
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
        own_namespace: True when all pods of the release's namespace are meant too.
        protocols: Each is let through on all ports.
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
    """Write the named templates of the rules that several policies include."""
    fragments = {
        # Not at any address: a tunnel through DNS would lead to whoever listens on its port.
        "dns": to_outside("dns", protocols=("UDP", "TCP")),
        "metrics": _from_monitoring(),
        # The clusters of CloudNativePG are where their Secrets are: in the release's namespace.
        "database": to_outside("database", own_namespace=True),
        "telemetry": to_outside("telemetry"),
        "controlPlane": _to_control_plane(),
        "ingress": _to_ingress(),
    }
    return "".join(fragment(f"bunmart.networkPolicy.{name}", rules) for name, rules in fragments.items())


def _namespace(name: str) -> Config:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: name}}}


def _from_monitoring() -> list[Any]:
    monitoring = f"{VALUES}.monitoringNamespace"
    return when(
        monitoring, [{"from": [_namespace(helm(f"{monitoring} | quote"))], "ports": ports(ENVOY_METRICS)}]
    )


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
