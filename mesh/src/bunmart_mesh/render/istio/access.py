"""Istio's access rules: the callers of each part, and the parts that check access tokens.

Access tokens. The policy says ``ignored``, ``optional`` or ``expected`` of each prefix; what a browser sees
must be what the edge Envoy does. A RequestAuthentication knows no paths: on a workload that has one, every
invalid token is answered 401, and a request without a token passes (deliberately, no policy demands a
``requestPrincipal``: ``expected`` means that the service itself answers 401). That fits ``optional`` and
``expected``. For ``ignored``, where signing in with an expired token must work:

- The gateway has a RequestAuthentication; its routes for ignored prefixes switch Envoy's JWT filter off (see
  ``envoy_filters``). So it refuses bad tokens where the edge does, and only there.
- A service without ignored prefixes has a RequestAuthentication as a second line, for whoever comes by
  another way than the gateway, such as an Ingress controller.
- A part with an ignored prefix (user, payment, the BFF) has none: its sidecar has no route of its own for
  that prefix. The services verify tokens themselves, as all do, operation by operation; the BFF hands the
  token on to services that do.

The keys are inline: istiod, which would fetch them, has no identity in the mesh, and STRICT mutual TLS
refuses it. So a new signing key needs a ``helm upgrade`` before it signs.
"""

from collections.abc import Iterable
from typing import Any

from bunmart_mesh.policy import Policy, RestCall
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.rbac import HEALTH_CHECK
from bunmart_mesh.render.helm.expressions import helm
from bunmart_mesh.render.helm.manifests import Manifest, pod_labels, when
from bunmart_mesh.render.istio.names import (
    BY_CONTROLLER,
    BY_GATEWAY,
    GATEWAY,
    GATEWAY_API,
    SECURITY,
    enabled,
    gateway_principal,
    principal,
)
from bunmart_mesh.render.pod_ports import APP_GRPC, APP_HTTP

_CONTROLLER = helm(
    'required "With Istio, ingress.kind ingress needs ingress.controller.principal: who the controller is,'
    ' for example cluster.local/ns/ingress-nginx/sa/ingress-nginx." .Values.ingress.controller.principal'
)


def mesh_wide_access() -> list[Manifest]:
    """Demand mutual TLS everywhere, and deny everything that no part allows."""
    return [
        Manifest(f"{SECURITY}/PeerAuthentication", "default", {"spec": {"mtls": {"mode": "STRICT"}}}),
        Manifest(f"{SECURITY}/AuthorizationPolicy", "default-deny", {"spec": {}}),
    ]


def gateway_access() -> list[Manifest]:
    """Let everybody reach the gateway, whose routes decide, and have it check access tokens."""
    target = {"targetRefs": [{"group": GATEWAY_API.split("/")[0], "kind": "Gateway", "name": GATEWAY}]}
    return [
        Manifest(
            f"{SECURITY}/AuthorizationPolicy",
            GATEWAY,
            {"spec": {**target, "action": "ALLOW", "rules": [{}]}},
        ),
        Manifest(f"{SECURITY}/RequestAuthentication", GATEWAY, {"spec": {**target, **_tokens()}}),
    ]


def part_access(policy: Policy, part: str) -> list[Manifest]:
    """Allow what the policy grants each caller of a part."""
    selector = {"selector": {"matchLabels": pod_labels(part)}}
    rules = [_rule(principal(caller), _grants(policy, caller, part)) for caller in _peers(policy, part)]
    spec = {**selector, "action": "ALLOW", "rules": [*rules, *_ingress_rules(policy, part)]}
    # Without a rule it would say no more than the default.
    some = enabled(part) if rules else f"and {enabled(part)} (or ({BY_GATEWAY}) ({BY_CONTROLLER}))"
    found = [Manifest(f"{SECURITY}/AuthorizationPolicy", part, {"spec": spec}, some)]
    if checks_tokens(policy, part):
        spec = {**selector, **_tokens()}
        found.append(Manifest(f"{SECURITY}/RequestAuthentication", part, {"spec": spec}, enabled(part)))
    return found


def checks_tokens(policy: Policy, part: str) -> bool:
    """Tell if the sidecar of a part refuses invalid tokens: it has prefixes, and none ignores them."""
    kinds = {entry.jwt for entry in policy.ingress if entry.part == part}
    return bool(kinds) and "ignored" not in kinds


def _peers(policy: Policy, part: str) -> Iterable[str]:
    return (caller for caller in policy.callers(part) if caller != policy.edge)


def _rule(identity: str, operations: list[Config]) -> Any:
    return {
        "from": [{"source": {"principals": [identity]}}],
        "to": [{"operation": operation} for operation in operations],
    }


def _grants(policy: Policy, caller: str, callee: str) -> list[Config]:
    rpcs = [rpc.path for rpc in policy.rpcs(caller, callee)]
    grpc = {"ports": [str(APP_GRPC)], "methods": ["POST"], "paths": [*rpcs, HEALTH_CHECK]}
    return [grpc, *(_rest_operation(call) for call in policy.rest_calls(caller, callee))]


def _rest_operation(call: RestCall) -> Config:
    paths = [rule for path in call.paths for rule in _below(path)]
    return {"ports": [str(APP_HTTP)], "methods": list(call.methods), "paths": paths}


def _below(path: str) -> list[str]:
    # `/x/*` of the call policy is `/x` and what is below it; in an AuthorizationPolicy only the latter.
    return [path.removesuffix("/*"), path] if path.endswith("/*") else [path]


def _ingress_rules(policy: Policy, part: str) -> list[Any]:
    paths = [rule for prefix in policy.prefixes(part) for rule in _below(f"{prefix}/*")]
    if not paths:
        return []
    operation = {"ports": [str(APP_HTTP)], "paths": paths}
    return [
        *when(BY_GATEWAY, [_rule(gateway_principal(), [operation])]),
        *when(BY_CONTROLLER, [_rule(_CONTROLLER, [operation])]),
    ]


def _tokens() -> Config:
    rule = {
        "issuer": helm(".Values.global.jwt.issuer | quote"),
        "audiences": [helm(".Values.global.jwt.audience | quote")],
        "jwks": helm('include "bunmart.jwks" . | quote'),
        # Naming the header turns the default query parameter off: addresses end up in logs.
        "fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}],
        "forwardOriginalToken": True,
    }
    return {"jwtRules": [rule]}
