"""NetworkPolicies of the parts and of what leads to them from outside."""

from typing import Any

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.helm.manifests import Manifest, pods_of, when
from bunmart_mesh.render.network_policies.rules import (
    CONTROL_PLANE,
    DATABASE,
    DNS,
    ENVOY,
    GATEWAY_PODS,
    ISTIO,
    ISTIO_CONTROLLER,
    ISTIO_GATEWAY,
    METRICS,
    TELEMETRY,
    VALUES,
    controller,
    network_policy,
    pods,
    ports,
    to_outside,
)
from bunmart_mesh.render.pod_ports import APP_GRPC, APP_HTTP, EDGE, ENVOY_HEALTH, ENVOY_INBOUND

TESTS = "mesh-test"
"""The name of the pods of `helm test`, which have the identity of the BFF."""
_OUTSIDE = {"payment": "stripe", "notification": "mail"}
"""The part that calls something outside the mesh, and the name of that in the values."""


def part_policies(policy: Policy, part: str) -> list[Manifest]:
    """Let a part be reached by its callers and reach its callees; or, switched off, everybody."""
    ingress = [*_from_callers(policy, part), *_from_ingress(policy, part), *METRICS]
    egress = [*DNS, *to_callees(policy, part), *_to_elsewhere(policy, part), *TELEMETRY, *CONTROL_PLANE]
    return _switched(part, f".Values.{part}.enabled", ingress, egress)


def edge_policies(policy: Policy) -> list[Manifest]:
    """Let everybody, or only the controller before it, reach the edge, and the edge its parts."""
    its_namespace = ".Values.ingress.controller.namespace"
    restricted = f'and {its_namespace} (has .Values.ingress.kind (list "gateway" "ingress"))'
    from_controller = {"from": [controller(), *pods("seed", TESTS)], "ports": ports(EDGE)}
    ingress = [
        *when(restricted, [from_controller]),
        *when(f"not ({restricted})", [{"ports": ports(EDGE)}]),
        *METRICS,
    ]
    egress = [*DNS, {"to": pods(*policy.callees(policy.edge)), "ports": ports(ENVOY_INBOUND)}]
    exists = f'include "bunmart.part.enabled" (dict "root" $ "part" "{policy.edge}")'
    return _switched(policy.edge, exists, ingress, egress)


def gateway_policy(policy: Policy) -> Manifest:
    """Let everybody reach Istio's gateway, and the gateway its parts."""
    to_parts = {"to": pods(*policy.callees(policy.edge)), "ports": ports(APP_HTTP)}
    # Load balancers ask for the health of Istio's gateway at a port of its Envoy.
    ingress = [{"ports": ports(80, 443, ENVOY_HEALTH)}, *METRICS]
    egress = [*DNS, to_parts, *TELEMETRY, *CONTROL_PLANE]
    condition = f"and {VALUES}.enabled ({ISTIO_GATEWAY})"
    return network_policy("bunmart-gateway", GATEWAY_PODS, ingress, egress, condition)


def to_callees(policy: Policy, caller: str) -> list[Any]:
    """Reach the callees of a part: their sidecars, or with Istio the ports that these stand before."""
    callees = policy.callees(caller)
    return _mesh_rules("to", callees, [it for it in callees if policy.rest_calls(caller, it)])


def _from_callers(policy: Policy, callee: str) -> list[Any]:
    callers = [caller for caller in policy.callers(callee) if caller != policy.edge]
    by_rest = [caller for caller in callers if policy.rest_calls(caller, callee)]
    return _mesh_rules("from", _with_tests(policy, callers), _with_tests(policy, by_rest))


def _with_tests(policy: Policy, callers: list[str]) -> list[str]:
    return [*callers, TESTS] if any(policy.kind(caller) == "bff" for caller in callers) else callers


def _mesh_rules(direction: str, peers: tuple[str, ...] | list[str], by_rest: list[str]) -> list[Any]:
    if not peers:
        return []
    mesh = [*when(ENVOY, ports(ENVOY_INBOUND)), *when(ISTIO, ports(APP_GRPC))]
    rest = [{direction: pods(*by_rest), "ports": ports(APP_HTTP)}] if by_rest else []
    return [{direction: pods(*peers), "ports": mesh}, *(when(ISTIO, rest) if rest else [])]


def _from_ingress(policy: Policy, part: str) -> list[Any]:
    if not policy.prefixes(part):
        return []
    gateway = {"from": [{"podSelector": GATEWAY_PODS}], "ports": ports(APP_HTTP)}
    return [
        *when(ENVOY, [{"from": pods(policy.edge), "ports": ports(ENVOY_INBOUND)}]),
        *when(ISTIO_GATEWAY, [gateway]),
        *when(ISTIO_CONTROLLER, [{"from": [controller()], "ports": ports(APP_HTTP)}]),
    ]


def _to_elsewhere(policy: Policy, part: str) -> list[Any]:
    database = when(f".Values.{part}.database.enabled", DATABASE) if policy.kind(part) == "service" else []
    return [*database, *(to_outside(_OUTSIDE[part]) if part in _OUTSIDE else [])]


def _switched(part: str, exists: str, ingress: list[Any], egress: list[Any]) -> list[Manifest]:
    switch = f'include "service.switch" (list .Values.{part}.networkPolicy.enabled {VALUES}.enabled)'
    on, off = f"and ({exists}) ({switch})", f"and ({exists}) {VALUES}.enabled (not ({switch}))"
    return [
        network_policy(part, pods_of(part), ingress, egress, on),
        # Without it the default deny of all pods of the release would hold.
        network_policy(part, pods_of(part), [{}], [{}], off),
    ]
