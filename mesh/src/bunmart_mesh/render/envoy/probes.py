"""Listeners for kubelet and Prometheus, which have no identity in the mesh: plaintext, a few exact paths."""

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.listeners import http_manager, listener
from bunmart_mesh.render.envoy.messages import method_is
from bunmart_mesh.render.envoy.placement import Address, Placement
from bunmart_mesh.render.envoy.rbac import READINESS
from bunmart_mesh.render.envoy.upstreams import ADMIN_CLUSTER, APP_HTTP_CLUSTER

_TIMEOUT = "10s"
_HEALTH = {"/ready": ADMIN_CLUSTER, "/health/live": APP_HTTP_CLUSTER, READINESS: APP_HTTP_CLUSTER}
_METRICS = {"/metrics": APP_HTTP_CLUSTER, "/stats/prometheus": ADMIN_CLUSTER}


def probe_listeners(placement: Placement, part: str, *, app: bool) -> list[Config]:
    """Render the health and the metrics listener where the placement has them.

    Args:
        placement: The addresses of the listeners.
        part: The part to which the Envoy belongs.
        app: True when there is an application behind it; the edge has none.
    """
    wanted = (("health", placement.health(part), _HEALTH), ("metrics", placement.metrics(part), _METRICS))
    return [
        _probe_listener(name, address, {path: to for path, to in paths.items() if app or to == ADMIN_CLUSTER})
        for name, address, paths in wanted
        if address is not None
    ]


def _probe_listener(name: str, address: Address, paths: dict[str, str]) -> Config:
    routes: list[Config] = [
        {
            "match": {"path": path, "headers": [method_is("GET")]},
            "route": {"cluster": cluster, "timeout": _TIMEOUT},
        }
        for path, cluster in paths.items()
    ]
    routes.append({"match": {"prefix": "/"}, "direct_response": {"status": 404}})
    host = {"name": name, "domains": ["*"], "routes": routes}
    config = {"name": name, "validate_clusters": True, "virtual_hosts": [host]}
    # A pod whose connections are exhausted is busy, not dead.
    return {**listener(name, address, http_manager(name, config, [])), "ignore_global_conn_limit": True}
