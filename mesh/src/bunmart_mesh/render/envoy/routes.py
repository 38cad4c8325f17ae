"""Routes of the inbound and outbound listeners, and the conditions under which a request is sent again."""

from typing import Any

from bunmart_mesh.contract import Idempotency, Rpc
from bunmart_mesh.policy import Policy, RestCall
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.local_replies import UNDELIVERED
from bunmart_mesh.render.envoy.messages import extension, method_is, own_prefix
from bunmart_mesh.render.envoy.placement import Placement
from bunmart_mesh.render.envoy.rbac import HEALTH_CHECK
from bunmart_mesh.render.envoy.upstreams import APP_GRPC_CLUSTER, APP_HTTP_CLUSTER, peer_cluster_name

PEER_TIMEOUT = "5s"
_INBOUND_REST_TIMEOUT = "15s"
NOT_ACTED_ON = "connect-failure,refused-stream,reset-before-request,retriable-headers"
"""The application cannot have seen the request: safe for every method."""
REPEATABLE_GRPC = f"{NOT_ACTED_ON},unavailable,reset"
REPEATABLE_HTTP = f"{NOT_ACTED_ON},gateway-error,reset"


def retry_policy(*, repeatable: bool, grpc: bool, backoff: tuple[str, str], retries: int) -> Config:
    """Say when the caller's sidecar sends a request again; it is the only layer that does.

    Args:
        repeatable: True when a second execution changes nothing more. If not, only requests that were never
            delivered are sent again.
        grpc: True when UNAVAILABLE tells that trying again may help, False when a gateway error tells it.
        backoff: First and longest pause; Envoy draws from zero up to them.
        retries: At most.
    """
    conditions = REPEATABLE_GRPC if grpc else REPEATABLE_HTTP
    elsewhere = extension(
        "envoy.retry_host_predicates.previous_hosts",
        "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
    )
    return {
        "retry_on": conditions if repeatable else NOT_ACTED_ON,
        "num_retries": retries,
        "retriable_headers": [{"name": UNDELIVERED, "present_match": True}],
        "retry_back_off": {"base_interval": backoff[0], "max_interval": backoff[1]},
        "retry_host_predicate": [elsewhere],
        "host_selection_retry_max_attempts": 3,
    }


def inbound_routes(*, grpc: bool) -> Config:
    """Lead gRPC to the application's gRPC port and the rest to its REST port."""
    rest = {
        "match": {"prefix": "/"},
        "route": {"cluster": APP_HTTP_CLUSTER, "timeout": _INBOUND_REST_TIMEOUT},
    }
    rpc = {
        "match": {"prefix": "/", "grpc": {}},
        # The caller's deadline decides.
        "route": {
            "cluster": APP_GRPC_CLUSTER,
            "timeout": "0s",
            "max_stream_duration": {"grpc_timeout_header_max": "0s"},
        },
    }
    host = {"name": "app", "domains": ["*"], "routes": [rpc, rest] if grpc else [rest]}
    # Only the sidecar may say that a request was not delivered.
    return _route_config("inbound", [host], response_headers_to_remove=[UNDELIVERED])


def outbound_routes(policy: Policy, placement: Placement, caller: str) -> Config:
    """Lead to the permitted peers by authority; say clearly who is denied and what is unknown."""
    hosts = [_peer_host(policy, placement, caller, callee) for callee in policy.callees(caller)]
    forbidden = [name for name in policy.names if name not in (caller, *policy.callees(caller))]
    if forbidden:
        domains = [domain for name in forbidden for domain in placement.authorities(name)]
        reply = _reply(403, f"{caller} may not call this part: it is not in the call policy")
        hosts.append({"name": "denied", "domains": domains, "routes": [reply]})
    unknown = _reply(404, "no part of the mesh has this authority")
    hosts.append({"name": "unknown", "domains": ["*"], "routes": [unknown]})
    return _route_config(
        "outbound", hosts, ignore_port_in_host_matching=True, response_headers_to_remove=[UNDELIVERED]
    )


def _route_config(name: str, hosts: list[Config], **fields: Any) -> Config:
    return {"name": name, "validate_clusters": True, "virtual_hosts": hosts, **fields}


def _peer_host(policy: Policy, placement: Placement, caller: str, callee: str) -> Config:
    routes = [_rpc_route(callee, rpc) for rpc in policy.rpcs(caller, callee)]
    for call in policy.rest_calls(caller, callee):
        routes += [_rest_route(call, path) for path in call.paths]
    if policy.kind(callee) == "service":
        routes.append(_health_route(callee))
    routes.append(_reply(403, f"{caller} may not call this of {callee}: it is not in the call policy"))
    return {"name": callee, "domains": list(placement.authorities(callee)), "routes": routes}


def _health_route(callee: str) -> Config:
    """Let a caller of a peer ask for its health, as the caller's own sidecar does all the time."""
    route = {"cluster": peer_cluster_name(callee), "timeout": PEER_TIMEOUT}
    return {"match": {"path": HEALTH_CHECK}, "route": route}


def _rpc_route(callee: str, rpc: Rpc) -> Config:
    retry = retry_policy(repeatable=rpc.repeatable, grpc=True, backoff=("0.025s", "0.25s"), retries=4)
    if rpc.idempotency is Idempotency.NO_SIDE_EFFECTS:
        # A read that hangs is asked elsewhere; a write is left alone until its deadline.
        retry["per_try_timeout"] = "2s"
    route = {
        "cluster": peer_cluster_name(callee),
        "timeout": PEER_TIMEOUT,
        "max_stream_duration": {
            "grpc_timeout_header_max": PEER_TIMEOUT,
            # The sidecar's answer should arrive before the application's own clock runs out.
            "grpc_timeout_header_offset": "0.005s",
        },
        "retry_policy": retry,
    }
    return {"name": rpc.name, "match": {"path": rpc.path}, "route": route}


def _rest_route(call: RestCall, path: str) -> Config:
    base = path.removesuffix("/*")
    where = own_prefix(base) if path.endswith("/*") else {"path": base}
    repeatable = not set(call.methods) & {"POST", "PATCH"}
    retry = retry_policy(repeatable=repeatable, grpc=False, backoff=("0.025s", "0.25s"), retries=2)
    return {
        "match": {**where, "headers": [method_is(*call.methods)]},
        "route": {
            "cluster": peer_cluster_name(call.callee),
            "timeout": PEER_TIMEOUT,
            "retry_policy": retry,
        },
    }


def _reply(status: int, text: str) -> Config:
    return {"match": {"prefix": "/"}, "direct_response": {"status": status, "body": {"inline_string": text}}}
