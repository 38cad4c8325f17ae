"""What exists: objects that a render makes, and those that an installation expects to find."""

from collections.abc import Iterator, Mapping
from typing import Any

from bunmart_mesh.policy import load_policy

from tests.charts.rendering import Manifest, Render, Workload

POLICY = load_policy()
SERVICES = tuple(part.name for part in POLICY.parts if part.kind == "service")
PARTS = POLICY.names
"""Whoever has an account of his own; a part that is switched off may still be trusted."""
TOOLS = (
    *("mesh-certificates", "seed", "mesh-test", "ingress-test"),
    *(f"{service}-migrate" for service in SERVICES),
)
"""Jobs and tests; whether they are rendered depends on switches that policies need not know."""
EXISTING = frozenset(
    {
        *(("Secret", f"{service}-database") for service in (*SERVICES, "bff")),
        ("ConfigMap", "bunmart-jwks"),
        ("Secret", "bunmart-jwt-keys"),
        ("Secret", "payment-stripe"),
        ("Secret", "user-admin"),
        ("ServiceAccount", "default"),
    }
)
"""What the platform, or charts/development, has made before the release."""
OF_ISTIO = frozenset({15006, 15008, 15020, 15021, 15090})
"""Ports of an injected sidecar. https://istio.io/latest/docs/ops/deployment/application-requirements/"""
GATEWAY_PORTS = frozenset({"metrics", "status-port", "http-envoy-prom"})
"""Ports that Istio declares in the pods of a Gateway: 15020, 15021, 15090."""
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""The label of the pods that Istio makes for a Gateway."""


def given_names(values: Any) -> Iterator[str]:
    """Yield every string in some values: whoever names an object there has made it before."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from given_names(value)
    elif isinstance(values, list):
        for value in values:
            yield from given_names(value)


def selects(selector: Manifest | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches; no selector matches nothing, an empty one everything."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", ()):
        value, values = labels.get(expression["key"]), expression.get("values", ())
        matched = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not matched[expression["operator"]]:
            return False
    return True


def is_injected(workload: Workload) -> bool:
    """Whether Istio puts its sidecar into the pods."""
    return workload.labels.get("sidecar.istio.io/inject") == "true"


def has_port(workload: Workload, port: int | str) -> bool:
    """Whether a container of the pods declares a port, by its name or its number, or will when it is injected."""
    return (is_injected(workload) and port in OF_ISTIO) or any(
        port in {each.get("name"), each["containerPort"]}
        for container in workload.containers
        for each in container.get("ports", ())
    )


def instances(cluster: Manifest) -> Workload:
    """What the operator CloudNativePG makes of a Cluster."""
    numbers = {"postgresql": 5432, "status": 8000, "metrics": 9187}
    ports = [{"name": name, "containerPort": number} for name, number in numbers.items()]
    labels = {"cnpg.io/cluster": cluster["metadata"]["name"]}
    spec = {"containers": [{"name": "postgres", "ports": ports}]}
    return Workload(cluster, {"metadata": {"labels": labels}, "spec": spec})


class Known:
    """Looks up names in a render."""

    def __init__(self, render: Render) -> None:
        self.render = render
        self.given = set(given_names(render.values))
        self.made = {(each["kind"], each["metadata"]["name"]) for each in render.objects}
        self.made |= {("Secret", each["spec"]["secretName"]) for each in render.of("Certificate")}
        self.made |= {("Secret", f"{each['metadata']['name']}-app") for each in render.of("Cluster")}
        self.gateways = {
            f"{each['metadata']['name']}-{each['spec']['gatewayClassName']}" for each in render.of("Gateway")
        }
        """What Istio calls the Deployments, Services and accounts that it makes for the Gateways."""
        kinds = ("Deployment", "Service", "ServiceAccount")
        self.made |= {(kind, name) for kind in kinds for name in self.gateways}

    def exists(self, kind: str, name: str) -> bool:
        """Whether an object is rendered, was named in the values, or is expected to be there."""
        return (kind, name) in self.made or (kind, name) in EXISTING or name in self.given

    def has_key(self, kind: str, name: str, key: str) -> bool:
        """Whether a ConfigMap or Secret has a key; one that somebody else fills has every key."""
        rendered = [each for each in self.render.of(kind) if each["metadata"]["name"] == name]
        keys = {key for each in rendered for part in ("data", "stringData") for key in each.get(part) or ()}
        return not keys or key in keys

    def selected(self, selector: Manifest | None) -> list[Workload]:
        """The workloads whose pods a selector matches."""
        workloads = [*self.render.workloads, *map(instances, self.render.of("Cluster"))]
        return [each for each in workloads if selects(selector, each.labels)]

    def selects_gateway(self, selector: Manifest | None) -> bool:
        """Whether a selector names the pods that Istio makes for a Gateway of this render."""
        name = (selector or {}).get("matchLabels", {}).get(GATEWAY_NAME)
        return name is not None and ("Gateway", name) in self.made

    def ports_of_service(self, name: str) -> set[int | str]:
        """Numbers and names of a Service's ports; empty when there is no such Service."""
        services = [each for each in self.render.of("Service") if each["metadata"]["name"] == name]
        ports = [port for each in services for port in each["spec"]["ports"]]
        return {port[key] for port in ports for key in ("port", "name") if key in port}
