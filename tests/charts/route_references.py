"""Names that routes and Istio's policies refer to."""

from collections.abc import Iterator

from tests.charts.known import PARTS, Known
from tests.charts.rendering import Manifest


def of_ingress(ingress: Manifest, known: Known) -> Iterator[str]:
    """Services and ports behind an Ingress, and its certificates."""
    paths = [path for rule in ingress["spec"].get("rules", ()) for path in rule["http"]["paths"]]
    default = ingress["spec"].get("defaultBackend")
    for backend in [path["backend"]["service"] for path in paths] + ([default["service"]] if default else []):
        port = backend["port"]
        yield from _backend(backend["name"], port.get("number", port.get("name")), known)
    for tls in ingress["spec"].get("tls", ()):
        if not known.exists("Secret", tls["secretName"]):
            yield f"no Secret {tls['secretName']}"


def of_http_route(route: Manifest, known: Known) -> Iterator[str]:
    """Gateways, listeners, Services and ports of an HTTPRoute."""
    for parent in route["spec"]["parentRefs"]:
        if not known.exists("Gateway", parent["name"]):
            yield f"no Gateway {parent['name']}"
        for gateway in known.render.of("Gateway"):
            listeners = {None, *(each["name"] for each in gateway["spec"]["listeners"])}
            if gateway["metadata"]["name"] == parent["name"] and parent.get("sectionName") not in listeners:
                yield f"Gateway {parent['name']} has no listener {parent['sectionName']}"
    for rule in route["spec"]["rules"]:
        for backend in rule.get("backendRefs", ()):
            yield from _backend(backend["name"], backend["port"], known)


def of_gateway(gateway: Manifest, known: Known) -> Iterator[str]:
    """Certificates of a Gateway's listeners."""
    for listener in gateway["spec"]["listeners"]:
        for reference in listener.get("tls", {}).get("certificateRefs", ()):
            if not known.exists("Secret", reference["name"]):
                yield f"no Secret {reference['name']}"


def _backend(name: str, port: int | str, known: Known) -> Iterator[str]:
    if port not in known.ports_of_service(name):
        yield f"no Service {name} with port {port}"


def of_virtual_service(service: Manifest, known: Known) -> Iterator[str]:
    """Hosts and destinations of a VirtualService."""
    yield from (text for host in service["spec"]["hosts"] for text in _host(host, known))
    routes = [route for http in service["spec"].get("http", ()) for route in http.get("route", ())]
    for destination in (route["destination"] for route in routes):
        yield from _host(destination["host"], known)
        port = destination.get("port", {}).get("number")
        if port is not None:
            yield from _backend(destination["host"].split(".")[0], port, known)


def of_destination_rule(rule: Manifest, known: Known) -> Iterator[str]:
    """The host of a DestinationRule, and the ports that it sets apart."""
    host = rule["spec"]["host"]
    if host.startswith("*."):
        return
    yield from _host(host, known)
    for level in rule["spec"].get("trafficPolicy", {}).get("portLevelSettings", ()):
        yield from _backend(host.split(".")[0], level["port"]["number"], known)


def _host(host: str, known: Known) -> Iterator[str]:
    outside = {each for entry in known.render.of("ServiceEntry") for each in entry["spec"]["hosts"]}
    if host in outside:
        return
    name, _, suffix = host.partition(".")
    if not known.ports_of_service(name):
        yield f"no Service for the host {host}"
    if suffix and not suffix.startswith(f"{known.render.namespace}.svc."):
        yield f"the host {host} is in another namespace"


def of_istio_policy(policy: Manifest, known: Known) -> Iterator[str]:
    """Pods that a policy selects, gateways that it targets, identities that it trusts."""
    selector = policy["spec"].get("selector")
    if selector is not None and not known.selected(selector) and not known.selects_gateway(selector):
        yield "selects no pod"
    for target in policy["spec"].get("targetRefs", ()):
        if not known.exists(target["kind"], target["name"]):
            yield f"no {target['kind']} {target['name']}"
    for rule in policy["spec"].get("rules", ()):
        for source in rule.get("from", ()):
            for principal in source["source"].get("principals", ()):
                yield from _principal(principal, known)


def _principal(principal: str, known: Known) -> Iterator[str]:
    if principal in known.given:
        return
    _, _, rest = principal.partition("/ns/")
    namespace, _, account = rest.partition("/sa/")
    if namespace != known.render.namespace:
        yield f"trusts {principal} of another namespace"
    elif account not in {*known.gateways, *PARTS}:
        yield f"trusts {principal}, but there is no such account"
