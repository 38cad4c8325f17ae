"""Listeners for whom has no mesh identity, kubelet and Prometheus: plaintext, a few exact paths."""

from bunmart_mesh.render.blocks import method_is
from bunmart_mesh.render.clusters import ADMIN, APP_HTTP
from bunmart_mesh.render.listeners import http_manager, listener
from bunmart_mesh.render.placement import Address, Placement
from bunmart_mesh.render.rbac import READINESS
from bunmart_mesh.render.sds import Config

_TIMEOUT = "10s"
_HEALTH = {"/ready": ADMIN, "/health/live": APP_HTTP, READINESS: APP_HTTP}
_METRICS = {"/metrics": APP_HTTP, "/stats/prometheus": ADMIN}


def probe_listeners(placement: Placement, part: str, *, app: bool) -> list[Config]:
    """Render the health and the metrics listener where the placement has them.

    Args:
        placement: Where they listen.
        part: Whose Envoy it is.
        app: Whether there is an application behind it; the edge has none.
    """
    wanted = (("health", placement.health(part), _HEALTH), ("metrics", placement.metrics(part), _METRICS))
    return [
        _probe_listener(name, address, {path: to for path, to in paths.items() if app or to == ADMIN})
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
