"""Upstreams, which Envoy calls clusters: the application behind its sidecar, and peers behind theirs."""

import ipaddress

from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.eds import eds, load_assignment
from bunmart_mesh.render.envoy.messages import extension, typed
from bunmart_mesh.render.envoy.placement import Address, Placement
from bunmart_mesh.render.envoy.rbac import READINESS
from bunmart_mesh.render.envoy.tls import client_tls

APP_GRPC_CLUSTER = "app-grpc"
APP_HTTP_CLUSTER = "app-http"
ADMIN_CLUSTER = "admin"

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_CONNECT_TIMEOUT = "0.5s"
APP_IDLE_TIMEOUT = "4s"
"""Below uvicorn's keep-alive of 5 s, so that no request is sent on a connection which it is closing."""


def peer_cluster_name(callee: str) -> str:
    """Return the name of the cluster which leads to a peer."""
    return f"peer-{callee}"


def app_clusters(placement: Placement, part: str, *, grpc: bool) -> list[Config]:
    """Lead from the sidecar to its application, over the loopback interface and without TLS."""
    folder = placement.app_endpoints(part)
    http = _app_cluster(APP_HTTP_CLUSTER, placement.app_http(part), folder) | _http_options(
        {"http_protocol_options": {}}, APP_IDLE_TIMEOUT
    )
    if not grpc:
        return [http]
    streams = {"http2_protocol_options": {"max_concurrent_streams": 1024}}
    grpc_cluster = _app_cluster(APP_GRPC_CLUSTER, placement.app_grpc(part), folder)
    return [http, grpc_cluster | _http_options(streams, "3600s")]


def admin_clusters(placement: Placement, part: str) -> list[Config]:
    """Lead to Envoy's own admin interface, where somebody outside may see some of it."""
    if placement.health(part) is None and placement.metrics(part) is None:
        return []
    return [_cluster(ADMIN_CLUSTER, placement.admin(part))]


def peer_cluster(policy: Policy, placement: Placement, caller: str, callee: str) -> Config:
    """Lead to a peer's inbound listener with the caller's identity; unhealthy replicas get nothing."""
    http2 = {"max_concurrent_streams": 1024, "connection_keepalive": {"interval": "30s", "timeout": "5s"}}
    least_request = extension(
        "envoy.load_balancing_policies.least_request",
        "extensions.load_balancing_policies.least_request.v3.LeastRequest",
    )
    return {
        **_cluster(peer_cluster_name(callee), placement.peer(callee)),
        **_http_options({"http2_protocol_options": http2}, "300s"),
        "load_balancing_policy": {"policies": [{"typed_extension_config": least_request}]},
        "circuit_breakers": _circuit_breakers(),
        "outlier_detection": _outlier_detection(),
        # Without the window a replica that is healthy again is used at once, not up to a second later.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "update_merge_window": "0s"},
        "health_checks": [_health_check(policy, callee)],
        "ignore_health_on_host_removal": True,
        "transport_socket": client_tls(policy, placement.secrets(caller), callee),
    }


def _cluster(name: str, address: Address) -> Config:
    return {
        "name": name,
        "connect_timeout": _CONNECT_TIMEOUT,
        **_discovery(address.host),
        "load_assignment": load_assignment(name, address),
    }


def _app_cluster(name: str, address: Address, folder: str | None) -> Config:
    if folder is None:
        return _cluster(name, address)
    return {"name": name, "connect_timeout": _CONNECT_TIMEOUT, **eds(name, folder)}


def _discovery(host: str) -> Config:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return {
            "cluster_type": extension(
                "envoy.cluster.dns",
                "extensions.clusters.dns.v3.DnsCluster",
                dns_refresh_rate="5s",
                respect_dns_ttl=False,
                dns_lookup_family="V4_PREFERRED",
                dns_failure_refresh_rate={"base_interval": "0.5s", "max_interval": "2s"},
            )
        }
    return {"type": "STATIC"}


def _http_options(protocol: Config, idle_timeout: str) -> Config:
    options = typed(
        _HTTP_OPTIONS.removeprefix("envoy."),
        explicit_http_config=protocol,
        common_http_protocol_options={"idle_timeout": idle_timeout},
    )
    return {"typed_extension_protocol_options": {_HTTP_OPTIONS: options}}


def _health_check(policy: Policy, callee: str) -> Config:
    timing = {
        "timeout": "1s",
        "interval": "2s",
        "no_traffic_interval": "2s",
        "unhealthy_interval": "0.25s",
        "interval_jitter_percent": 10,
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
    }
    if policy.kind(callee) == "service":
        probe = {"service_name": contract_of(callee).full_name, "authority": callee}
        return {**timing, "grpc_health_check": probe}
    return {**timing, "http_health_check": {"path": READINESS, "host": callee, "codec_client_type": "HTTP2"}}


def _circuit_breakers() -> Config:
    threshold = {
        "priority": "DEFAULT",
        "max_connections": 64,
        "max_pending_requests": 256,
        "max_requests": 1024,
        # With fewer than 20, a restart of the only replica already overflowed.
        "retry_budget": {"budget_percent": {"value": 20}, "min_retry_concurrency": 20},
    }
    return {"thresholds": [threshold]}


def _outlier_detection() -> Config:
    return {
        "consecutive_5xx": 5,
        "consecutive_gateway_failure": 5,
        "consecutive_local_origin_failure": 5,
        "split_external_local_origin_errors": True,
        "interval": "1s",
        "base_ejection_time": "2s",
        "max_ejection_time": "30s",
        # The last replica is never ejected; health checks decide about that one.
        "max_ejection_percent": 50,
        "enforcing_success_rate": 0,
    }
