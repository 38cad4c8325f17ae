"""Names that rendered objects refer to, and whether anything answers to them."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.charts import pod_references, route_references
from tests.charts.known import GATEWAY_PORTS, PARTS, TOOLS, Known, has_port
from tests.charts.rendering import Manifest, Render
from tests.charts.validation import name_of

NAME = "app.kubernetes.io/name"
Check = Callable[[Manifest, Known], Iterator[str]]


def dangling(render: Render) -> list[str]:
    """Say what the objects of a render name that neither it nor the platform has."""
    known = Known(render)
    found = [text for workload in render.workloads for text in pod_references.of_pod(workload, known)]
    for manifest in render.objects:
        check = CHECKS.get(manifest["kind"])
        if check is not None:
            found += [f"{name_of(manifest)}: {text}" for text in check(manifest, known)]
    return found


def _of_service(service: Manifest, known: Known) -> Iterator[str]:
    selector = service["spec"].get("selector")
    pods = known.selected({"matchLabels": selector} if selector else None)
    if [each.is_long_lived for each in pods] != [True]:
        yield f"selects {[each.name for each in pods]}"
    for port in service["spec"]["ports"]:
        target = port.get("targetPort", port["port"])
        if not any(has_port(pod, target) for pod in pods):
            yield f"no container listens on {target}"


def _of_budget(budget: Manifest, known: Known) -> Iterator[str]:
    selector = budget["spec"]["selector"]
    pods = known.selected(selector)
    if not known.selects_gateway(selector) and [each.is_long_lived for each in pods] != [True]:
        yield f"selects {[each.name for each in pods]}"


def _of_autoscaler(autoscaler: Manifest, known: Known) -> Iterator[str]:
    target = autoscaler["spec"]["scaleTargetRef"]
    if not known.exists(target["kind"], target["name"]):
        yield f"no {target['kind']} {target['name']}"
    pods = [each for each in known.render.workloads if each.name == f"{target['kind']}/{target['name']}"]
    containers = {container["name"] for pod in pods for container in pod.containers}
    for metric in autoscaler["spec"]["metrics"]:
        container = metric.get("containerResource", {}).get("container")
        if container is not None and container not in containers:
            yield f"scales on a container {container} that {target['name']} does not have"


def _of_network_policy(policy: Manifest, known: Known) -> Iterator[str]:
    """A policy for all pods of a sort is harmless where there are none; one for a part by its name is not."""
    made = {each.labels.get(NAME) for each in known.render.workloads}
    for name in sorted(set(_names_in(policy["spec"])) - made - {*PARTS, *TOOLS}):
        yield f"names pods {name}, which nobody makes"
    selector = policy["spec"]["podSelector"]
    pods = known.selected(selector)
    if known.selects_gateway(selector) or (not pods and NAME not in str(selector)):
        return
    if not pods:
        yield "selects no pod"
    for rule in policy["spec"].get("ingress") or ():
        for port in rule.get("ports", ()):
            if not any(has_port(pod, port["port"]) for pod in pods):
                yield f"no pod listens on {port['port']}"


def _of_pod_monitor(monitor: Manifest, known: Known) -> Iterator[str]:
    selector = monitor["spec"]["selector"]
    pods = known.selected(selector)
    of_gateway = known.selects_gateway(selector)
    if not pods and not of_gateway:
        yield "selects no pod"
    for endpoint in monitor["spec"]["podMetricsEndpoints"]:
        port = endpoint["port"]
        if not all(has_port(pod, port) for pod in pods) or (of_gateway and port not in GATEWAY_PORTS):
            yield f"not every pod has a port {endpoint['port']}"


def _of_role_binding(binding: Manifest, known: Known) -> Iterator[str]:
    for reference in (binding["roleRef"], *binding["subjects"]):
        if not known.exists(reference["kind"], reference["name"]):
            yield f"no {reference['kind']} {reference['name']}"


def _of_role(role: Manifest, known: Known) -> Iterator[str]:
    kinds = {"secrets": "Secret", "configmaps": "ConfigMap"}
    for rule in role["rules"]:
        for kind in filter(None, map(kinds.get, rule["resources"])):
            for name in rule.get("resourceNames", ()):
                if not known.exists(kind, name):
                    yield f"no {kind} {name}"


def _names_in(part: Any) -> Iterator[str]:
    """Yield the names of pods in the selectors below some part of a policy."""
    if isinstance(part, list):
        for each in part:
            yield from _names_in(each)
    elif isinstance(part, dict):
        if part.get("key") == NAME:
            yield from part["values"]
        for key, value in part.items():
            yield from [value] if key == NAME else _names_in(value)


CHECKS: dict[str, Check] = {
    "Service": _of_service,
    "PodDisruptionBudget": _of_budget,
    "HorizontalPodAutoscaler": _of_autoscaler,
    "NetworkPolicy": _of_network_policy,
    "PodMonitor": _of_pod_monitor,
    "RoleBinding": _of_role_binding,
    "Role": _of_role,
    "Ingress": route_references.of_ingress,
    "HTTPRoute": route_references.of_http_route,
    "Gateway": route_references.of_gateway,
    "VirtualService": route_references.of_virtual_service,
    "DestinationRule": route_references.of_destination_rule,
    "AuthorizationPolicy": route_references.of_istio_policy,
    "PeerAuthentication": route_references.of_istio_policy,
    "RequestAuthentication": route_references.of_istio_policy,
    "Telemetry": route_references.of_istio_policy,
}
