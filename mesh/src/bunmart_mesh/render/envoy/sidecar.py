"""The Envoy beside an application, and what every Envoy of the mesh starts with."""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.listeners import access_log, http_manager, listener
from bunmart_mesh.render.envoy.local_replies import local_replies
from bunmart_mesh.render.envoy.messages import extension, socket
from bunmart_mesh.render.envoy.placement import Placement
from bunmart_mesh.render.envoy.probes import probe_listeners
from bunmart_mesh.render.envoy.rbac import rbac_filter
from bunmart_mesh.render.envoy.routes import inbound_routes, outbound_routes
from bunmart_mesh.render.envoy.tls import server_tls
from bunmart_mesh.render.envoy.upstreams import admin_clusters, app_clusters, peer_cluster

_STATS_INTERVAL = "15s"
"""A Prometheus scrape apart; the default of 5 s costs idle CPU in every sidecar."""
_MAX_CONNECTIONS = 10_000
"""Accepted per Envoy; browsers hold one or a few each, peers hold one."""


def sidecar(policy: Policy, placement: Placement, part: str) -> Config:
    """Render the sidecar of a service or of the BFF."""
    grpc = policy.kind(part) == "service"
    clusters = app_clusters(placement, part, grpc=grpc)
    clusters += admin_clusters(placement, part)
    clusters += [peer_cluster(policy, placement, part, callee) for callee in policy.callees(part)]
    listeners = [_inbound(policy, placement, part, grpc=grpc), _outbound(policy, placement, part)]
    listeners += probe_listeners(placement, part, app=True)
    return bootstrap(placement, part, listeners, clusters)


def bootstrap(placement: Placement, part: str, listeners: list[Config], clusters: list[Config]) -> Config:
    """Render what Envoy starts with."""
    return {
        "node": {"id": part, "cluster": "bunmart"},
        "admin": {"address": socket(placement.admin(part))},
        "stats_flush_interval": _STATS_INTERVAL,
        "deferred_stat_options": {"enable_deferred_creation_stats": True},
        "overload_manager": {"resource_monitors": [_connection_limit()]},
        "static_resources": {"listeners": listeners, "clusters": clusters},
    }


def _connection_limit() -> Config:
    return extension(
        "envoy.resource_monitors.global_downstream_max_connections",
        "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        max_active_downstream_connections=_MAX_CONNECTIONS,
    )


def _inbound(policy: Policy, placement: Placement, part: str, *, grpc: bool) -> Config:
    manager = http_manager(
        "inbound",
        inbound_routes(grpc=grpc),
        [rbac_filter(policy, part)],
        access_log=access_log(part, "inbound", placement.access_log(part, "inbound")),
        local_reply_config=local_replies(mark_undelivered=True),
        # Whatever a client claims is replaced by what its certificate says.
        forward_client_cert_details="SANITIZE_SET",
        set_current_client_cert_details={"uri": True},
    )
    tls = server_tls(policy, placement.secrets(part))
    return {**listener("inbound", placement.inbound(part), manager, tls), "traffic_direction": "INBOUND"}


def _outbound(policy: Policy, placement: Placement, part: str) -> Config:
    routes = outbound_routes(policy, placement, part)
    manager = http_manager("outbound", routes, [], local_reply_config=local_replies())
    return {**listener("outbound", placement.outbound(part), manager), "traffic_direction": "OUTBOUND"}
