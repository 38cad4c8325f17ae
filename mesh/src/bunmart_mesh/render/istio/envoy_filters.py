"""Changes beyond Istio's own resources: its Envoys answer and log as those of the other provider do.

EnvoyFilters: problem documents, logs without queries, a rate limit, CORS origins that are expressions,
retries by method and a JWT filter that looks away have no field elsewhere. Each is a change that Envoy merges
into what Istio made; all of it is in the Envoy that Istio ships.
"""

from typing import Any

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.edge import browser_facing, cors_policy, rate_limit, retries
from bunmart_mesh.render.envoy.kubernetes import kubernetes_edge_options
from bunmart_mesh.render.envoy.listeners import access_log, common_http_options
from bunmart_mesh.render.envoy.local_replies import UNDELIVERED, local_replies
from bunmart_mesh.render.envoy.messages import extension, typed
from bunmart_mesh.render.helm.manifests import Manifest
from bunmart_mesh.render.istio.gateway import rule_name
from bunmart_mesh.render.istio.names import ENVOY_FILTER, GATEWAY, GATEWAY_API

_MANAGER = "envoy.filters.network.http_connection_manager"
_MANAGER_TYPE = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = "envoy.filters.http.router"
_JWT = "envoy.filters.http.jwt_authn"
_CORS = "bunmart.cors"
"""Istio has one of the usual name, but behind the JWT filter, whose refusals get no headers from it."""
_PREDICATE = "retry_host_predicate"
_TOLD_BY_SIDECARS = ("x-envoy-upstream-service-time", "x-envoy-decorator-operation")
_WORKLOAD = "%ENVIRONMENT(ISTIO_META_WORKLOAD_NAME)%"
_PATHS = {
    "normalize_path": True,
    "merge_slashes": True,
    "path_with_escaped_slashes_action": "REJECT_REQUEST",
}


def sidecar_filter() -> Manifest:
    """Patch the inbound listeners of all sidecars of the namespace."""
    fields = {
        "local_reply_config": local_replies(mark_undelivered=True),
        "access_log": access_log(_WORKLOAD, "inbound", None),
        **_PATHS,
    }
    patches = [
        _filter_patch("SIDECAR_INBOUND", "NETWORK_FILTER", "MERGE", _manager(**fields)),
        # Only the sidecar may say that a request was not delivered.
        _route_patch("SIDECAR_INBOUND", "ROUTE_CONFIGURATION", {"response_headers_to_remove": [UNDELIVERED]}),
    ]
    return Manifest(ENVOY_FILTER, "sidecars", {"spec": {"configPatches": patches}})


def gateway_filter() -> Manifest:
    """Patch the listeners and routes of the gateway."""
    target = {"group": GATEWAY_API.split("/")[0], "kind": "Gateway", "name": GATEWAY}
    patches = [*_gateway_listener(), *_gateway_routes()]
    return Manifest(ENVOY_FILTER, GATEWAY, {"spec": {"targetRefs": [target], "configPatches": patches}})


def _gateway_listener() -> list[Config]:
    options = kubernetes_edge_options()
    manager = _manager(
        **browser_facing(),
        **_PATHS,
        access_log=access_log(_WORKLOAD, "edge", None),
        xff_num_trusted_hops=options.trusted_hops,
        common_http_protocol_options=common_http_options(),
        request_headers_timeout="10s",
        stream_idle_timeout="300s",
    )
    quiet = extension(_ROUTER, "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)
    cors = {"name": _CORS, "typed_config": typed("extensions.filters.http.cors.v3.Cors")}
    return [
        _filter_patch("GATEWAY", "NETWORK_FILTER", "MERGE", manager),
        _filter_patch("GATEWAY", "HTTP_FILTER", "MERGE", quiet, below=_ROUTER),
        # Each goes before all that is there: CORS comes first, so that refusals too have its headers.
        _filter_patch("GATEWAY", "HTTP_FILTER", "INSERT_FIRST", rate_limit(options)),
        _filter_patch("GATEWAY", "HTTP_FILTER", "INSERT_FIRST", cors),
    ]


def _gateway_routes() -> list[Config]:
    cors = {"typed_per_filter_config": {_CORS: cors_policy(kubernetes_edge_options())}}
    internal = {"response_headers_to_remove": [UNDELIVERED, *_TOLD_BY_SIDECARS]}
    return [
        _route_patch("GATEWAY", "VIRTUAL_HOST", cors),
        _route_patch("GATEWAY", "ROUTE_CONFIGURATION", internal),
        *(_rule_patch(checked=checked, repeatable=it) for checked in (True, False) for it in (True, False)),
    ]


def _rule_patch(*, checked: bool, repeatable: bool) -> Config:
    # Istio puts the predicate that avoids earlier hosts there by itself, and a list would be appended to.
    retry = {key: value for key, value in retries(repeatable=repeatable).items() if key != _PREDICATE}
    route: Config = {"route": {"retry_policy": retry}}
    if not checked:
        off = typed("extensions.filters.http.jwt_authn.v3.PerRouteConfig", disabled=True)
        route["typed_per_filter_config"] = {_JWT: off}
    name = rule_name(checked=checked, repeatable=repeatable)
    return _route_patch("GATEWAY", "HTTP_ROUTE", route, vhost={"route": {"name": name, "action": "ROUTE"}})


def _manager(**fields: Any) -> Config:
    return extension(_MANAGER, _MANAGER_TYPE, **fields)


def _filter_patch(
    context: str, apply_to: str, operation: str, value: Config, *, below: str | None = None
) -> Config:
    found: Config = {"name": _MANAGER}
    if below is not None:
        found["subFilter"] = {"name": below}
    match = {"context": context, "listener": {"filterChain": {"filter": found}}}
    return {"applyTo": apply_to, "match": match, "patch": {"operation": operation, "value": value}}


def _route_patch(context: str, apply_to: str, value: Config, **found: Any) -> Config:
    match: Config = {"context": context, **({"routeConfiguration": found} if found else {})}
    return {"applyTo": apply_to, "match": match, "patch": {"operation": "MERGE", "value": value}}
