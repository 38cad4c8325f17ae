"""The way in by Istio's own gateway: a Gateway that Istio deploys, and routes straight to the parts.

The rules of the routes are named after what Istio's filters for the gateway do with them: ``checked`` or
``unchecked`` access tokens, ``repeatable`` or ``once``.
"""

from bunmart_mesh.policy import Ingress, Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.edge import REPEATABLE_METHODS, TIMEOUT
from bunmart_mesh.render.helm.expressions import helm
from bunmart_mesh.render.helm.manifests import Manifest, each, given, when
from bunmart_mesh.render.istio.names import BY_GATEWAY, GATEWAY, GATEWAY_API, enabled
from bunmart_mesh.render.pod_ports import APP_HTTP

TLS = ".Values.ingress.tls.secretName"
_HOSTS = '$index, $host := .Values.ingress.hosts | default (list "")'
_HTTPS = f'printf "%s-%d" (ternary "https" "http" (not (empty {TLS.replace(".", "$.", 1)}))) $index'


def rule_name(*, checked: bool, repeatable: bool) -> str:
    """Return the name of a rule, by which an EnvoyFilter finds its Envoy routes."""
    return f"{'checked' if checked else 'unchecked'}-{'repeatable' if repeatable else 'once'}"


def gateway_objects() -> list[Manifest]:
    """Return the Gateway, and the redirect to https where there is a certificate."""
    return [
        Manifest(
            f"{GATEWAY_API}/Gateway",
            GATEWAY,
            {"spec": _gateway()},
            metadata=_metadata(),
        ),
        Manifest(f"{GATEWAY_API}/HTTPRoute", f"{GATEWAY}-redirect", {"spec": _redirect()}, TLS),
    ]


def part_routes(policy: Policy, part: str) -> list[Manifest]:
    """Lead the prefixes of a part to it."""
    entries = [entry for entry in policy.ingress if entry.part == part]
    if not entries:
        return []
    spec = {"parentRefs": _parents(_HTTPS), **_hostnames(), "rules": _rules(part, entries)}
    condition = f"and ({BY_GATEWAY}) {enabled(part)}"
    return [Manifest(f"{GATEWAY_API}/HTTPRoute", part, {"spec": spec}, condition)]


def _metadata() -> Config:
    annotations = {"annotations": helm('include "bunmart.ingress.annotations" . | nindent 4')}
    # Istio copies the labels to the gateway's pods; `infrastructure.labels` would take their place there.
    return {
        "labels": helm('include "bunmart.ingress.gatewayLabels" . | nindent 4'),
        **given('include "bunmart.ingress.annotations" .', annotations),
    }


def _gateway() -> Config:
    hostname = given("$host", {"hostname": helm("$host | quote")})
    certificate = {"kind": "Secret", "name": helm(f"${TLS} | quote")}
    http = {"name": helm('printf "http-%d" $index'), "port": 80, "protocol": "HTTP", **hostname}
    https = {
        "name": helm('printf "https-%d" $index'),
        "port": 443,
        "protocol": "HTTPS",
        **hostname,
        "tls": {"mode": "Terminate", "certificateRefs": [certificate]},
    }
    return {
        "gatewayClassName": helm(".Values.global.mesh.istio.gatewayClass | quote"),
        "listeners": each(_HOSTS, [http, *when(f"${TLS}", [https])]),
    }


def _redirect() -> Config:
    redirect = {"scheme": "https", "statusCode": 301}
    return {
        "parentRefs": _parents('printf "http-%d" $index'),
        **_hostnames(),
        "rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}],
    }


def _parents(section: str) -> list[Config]:
    return each(_HOSTS, [{"name": GATEWAY, "sectionName": helm(section)}])


def _hostnames() -> Config:
    return given(".Values.ingress.hosts", {"hostnames": helm("toJson .Values.ingress.hosts")})


def _rules(part: str, entries: list[Ingress]) -> list[Config]:
    rules = []
    for checked in (True, False):
        prefixes = [entry.prefix for entry in entries if (entry.jwt != "ignored") is checked]
        if prefixes:
            rules += [_rule(part, prefixes, checked=checked, repeatable=it) for it in (True, False)]
    return rules


def _rule(part: str, prefixes: list[str], *, checked: bool, repeatable: bool) -> Config:
    paths: list[Config] = [{"path": {"type": "PathPrefix", "value": prefix}} for prefix in prefixes]
    if repeatable:
        paths = [{**path, "method": method} for path in paths for method in REPEATABLE_METHODS]
    return {
        "name": rule_name(checked=checked, repeatable=repeatable),
        "matches": paths,
        "timeouts": {"request": TIMEOUT},
        "backendRefs": [{"name": part, "port": APP_HTTP}],
    }
