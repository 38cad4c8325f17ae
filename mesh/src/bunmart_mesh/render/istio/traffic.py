"""Istio's rules for the callers of a part: circuit breakers, outlier detection, retries.

Every route states its retries. Istio's own default would repeat, among others, on UNAVAILABLE, which an
application may answer after it has acted.
"""

from bunmart_mesh.contract import Idempotency, Rpc
from bunmart_mesh.policy import Policy, RestCall
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.local_replies import UNDELIVERED
from bunmart_mesh.render.envoy.routes import NOT_ACTED_ON, PEER_TIMEOUT, REPEATABLE_GRPC, REPEATABLE_HTTP
from bunmart_mesh.render.helm.manifests import Manifest, full_name
from bunmart_mesh.render.istio.names import NETWORKING, enabled
from bunmart_mesh.render.pod_ports import APP_GRPC, APP_HTTP

_BACKOFF = "25ms"
_HEADERS = {
    # A route of Istio has no field for it; Envoy takes it from the request, and sends it no further.
    "request": {"set": {"x-envoy-retriable-header-names": UNDELIVERED}},
    "response": {"remove": [UNDELIVERED]},
}


def part_traffic(policy: Policy, part: str) -> list[Manifest]:
    """Say how callers treat a part."""
    host = full_name(part)
    rule = {"host": host, "trafficPolicy": _traffic_policy()}
    routes = {"hosts": [host], "http": _routes(policy, part, host)}
    return [
        Manifest(f"{NETWORKING}/DestinationRule", part, {"spec": rule}, enabled(part)),
        Manifest(f"{NETWORKING}/VirtualService", part, {"spec": routes}, enabled(part)),
    ]


def _traffic_policy() -> Config:
    return {
        "tls": {"mode": "ISTIO_MUTUAL"},
        "loadBalancer": {"simple": "LEAST_REQUEST"},
        "connectionPool": _connection_pool(),
        # With fewer than 20, a restart of the only replica already overflows.
        "retryBudget": {"percent": 20, "minRetryConcurrency": 20},
        "outlierDetection": _outlier_detection(),
    }


def _connection_pool() -> Config:
    return {
        "tcp": {"maxConnections": 64, "connectTimeout": "500ms"},
        "http": {
            # Between sidecars REST too shares a connection, and a pod that leaves says so by GOAWAY.
            "h2UpgradePolicy": "UPGRADE",
            "http1MaxPendingRequests": 256,
            "http2MaxRequests": 1024,
            "idleTimeout": "300s",
        },
    }


def _outlier_detection() -> Config:
    return {
        "consecutive5xxErrors": 5,
        "consecutiveGatewayErrors": 5,
        "consecutiveLocalOriginFailures": 5,
        "splitExternalLocalOriginErrors": True,
        "interval": "1s",
        "baseEjectionTime": "2s",
        # The last replica is never ejected; its readiness decides about that one.
        "maxEjectionPercent": 50,
    }


def _routes(policy: Policy, part: str, host: str) -> list[Config]:
    granted = {rpc.name: rpc for caller in policy.callers(part) for rpc in policy.rpcs(caller, part)}
    calls = [call for caller in policy.callers(part) for call in policy.rest_calls(caller, part)]
    return [
        *(_rpc_route(rpc, host) for rpc in granted.values()),
        *(_rest_route(call, host) for call in calls),
        *(_default_route(name, host, port) for name, port in (("grpc", APP_GRPC), ("http", APP_HTTP))),
    ]


def _default_route(name: str, host: str, port: int) -> Config:
    return {
        "name": f"default-{name}",
        "match": [{"port": port}],
        "route": _to(host, port),
        "timeout": PEER_TIMEOUT,
        "retries": {"attempts": 0},
    }


def _rpc_route(rpc: Rpc, host: str) -> Config:
    retries: Config = {
        "attempts": 4,
        "retryOn": REPEATABLE_GRPC if rpc.repeatable else NOT_ACTED_ON,
        "backoff": _BACKOFF,
    }
    if rpc.idempotency is Idempotency.NO_SIDE_EFFECTS:
        # A read that hangs is asked elsewhere; a write is left alone until its deadline.
        retries["perTryTimeout"] = "2s"
    return {
        "name": rpc.name,
        "match": [{"uri": {"exact": rpc.path}, "port": APP_GRPC}],
        "route": _to(host, APP_GRPC),
        "timeout": PEER_TIMEOUT,
        "headers": _HEADERS,
        "retries": retries,
    }


def _rest_route(call: RestCall, host: str) -> Config:
    repeatable = not set(call.methods) & {"POST", "PATCH"}
    paths = [match for path in call.paths for match in _path_matches(path)]
    method = {"exact": call.methods[0]} if len(call.methods) == 1 else {"regex": "|".join(call.methods)}
    retry_on = REPEATABLE_HTTP if repeatable else NOT_ACTED_ON
    return {
        "name": f"{call.caller}-rest",
        "match": [{"uri": path, "method": method, "port": APP_HTTP} for path in paths],
        "route": _to(host, APP_HTTP),
        "timeout": PEER_TIMEOUT,
        "headers": _HEADERS,
        "retries": {"attempts": 2, "retryOn": retry_on, "backoff": _BACKOFF},
    }


def _path_matches(path: str) -> list[Config]:
    if not path.endswith("/*"):
        return [{"exact": path}]
    base = path.removesuffix("/*")
    return [{"exact": base}, {"prefix": f"{base}/"}]


def _to(host: str, port: int) -> list[Config]:
    return [{"destination": {"host": host, "port": {"number": port}}}]
