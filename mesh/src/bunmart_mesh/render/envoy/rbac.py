"""The access rules of an inbound listener: per caller identity, the exact RPCs and REST routes."""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.messages import extension

HEALTH_CHECK = "/grpc.health.v1.Health/Check"
READINESS = "/health/ready"


def health_path(policy: Policy, callee: str) -> str:
    """Return the path that callers probe: gRPC health of a service, REST readiness of the BFF."""
    return HEALTH_CHECK if policy.kind(callee) == "service" else READINESS


def rbac_filter(policy: Policy, callee: str) -> Config:
    """Allow what the policy grants each caller of a part; deny everything else."""
    policies = {
        caller: {
            "permissions": _permissions(policy, caller, callee),
            "principals": [{"authenticated": {"principal_name": {"exact": policy.identity(caller)}}}],
        }
        for caller in policy.callers(callee)
    }
    rules = {"action": "ALLOW", "policies": policies}
    return extension("envoy.filters.http.rbac", "extensions.filters.http.rbac.v3.RBAC", rules=rules)


def _permissions(policy: Policy, caller: str, callee: str) -> list[Config]:
    granted = [_path(exact=rpc.path) for rpc in policy.rpcs(caller, callee)]
    for call in policy.rest_calls(caller, callee):
        paths = [rule for path in call.paths for rule in _route(path)]
        granted.append(
            {"and_rules": {"rules": [_any([_method(name) for name in call.methods]), _any(paths)]}}
        )
    if caller == policy.edge:
        granted += [rule for prefix in policy.prefixes(callee) for rule in _route(f"{prefix}/*")]
    return [*granted, _path(exact=health_path(policy, callee))]


def _route(path: str) -> list[Config]:
    if not path.endswith("/*"):
        return [_path(exact=path)]
    base = path.removesuffix("/*")
    return [_path(exact=base), _path(prefix=f"{base}/")]


def _path(**matcher: str) -> Config:
    return {"url_path": {"path": matcher}}


def _method(name: str) -> Config:
    return {"header": {"name": ":method", "string_match": {"exact": name}}}


def _any(rules: list[Config]) -> Config:
    return rules[0] if len(rules) == 1 else {"or_rules": {"rules": rules}}
