"""What the Gateway API cannot say: the gateway's Envoy behaves as the edge of the other provider does.

An EnvoyFilter, because CORS origins that are expressions, a rate limit, problem documents, retries by method
and a JWT filter that looks away have no field in the Gateway API's standard channel or in Istio's resources.
"""

from bunmart_mesh.render.blocks import UNDELIVERED, extension, typed
from bunmart_mesh.render.cluster import cluster_edge_options
from bunmart_mesh.render.edge import browser_facing, cors_policy, rate_limit, retries
from bunmart_mesh.render.istio.gateway import rule_name
from bunmart_mesh.render.istio.names import ENVOY_FILTER, GATEWAY, GATEWAY_API
from bunmart_mesh.render.listeners import common_http_options
from bunmart_mesh.render.manifests import Manifest
from bunmart_mesh.render.sds import Config

_MANAGER = "envoy.filters.network.http_connection_manager"
_MANAGER_TYPE = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_JWT = "envoy.filters.http.jwt_authn"
_CORS = "bunmart.cors"
"""Istio has one of the usual name, but behind the JWT filter, whose refusals get no headers from it."""
_ROUTER = "envoy.filters.http.router"
_INTERNAL_RESPONSE_HEADERS = [UNDELIVERED, "x-envoy-decorator-operation"]


def gateway_filters() -> list[Manifest]:
    """Patch the gateway's listeners and routes."""
    target = {"group": GATEWAY_API.split("/")[0], "kind": "Gateway", "name": GATEWAY}
    patches = [*_listener_patches(), *_route_patches()]
    return [Manifest(ENVOY_FILTER, GATEWAY, {"spec": {"targetRefs": [target], "configPatches": patches}})]


def _listener_patches() -> list[Config]:
    options = cluster_edge_options()
    cors = {"name": _CORS, "typed_config": typed("extensions.filters.http.cors.v3.Cors")}
    quiet = extension(_ROUTER, "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)
    # Each goes before all that is there: CORS comes first, so that refusals too have its headers.
    return [
        _filter_patch("NETWORK_FILTER", None, "MERGE", _manager(options.trusted_hops)),
        _filter_patch("HTTP_FILTER", _ROUTER, "MERGE", quiet),
        _filter_patch("HTTP_FILTER", None, "INSERT_FIRST", rate_limit(options)),
        _filter_patch("HTTP_FILTER", None, "INSERT_FIRST", cors),
    ]


def _manager(trusted_hops: int | str) -> Config:
    return extension(
        _MANAGER,
        _MANAGER_TYPE,
        **browser_facing(),
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        xff_num_trusted_hops=trusted_hops,
        common_http_protocol_options=common_http_options(),
        request_headers_timeout="10s",
        stream_idle_timeout="300s",
    )


def _filter_patch(apply_to: str, http_filter: str | None, operation: str, value: Config) -> Config:
    found: Config = {"name": _MANAGER}
    if http_filter is not None:
        found["subFilter"] = {"name": http_filter}
    match = {"context": "GATEWAY", "listener": {"filterChain": {"filter": found}}}
    return {"applyTo": apply_to, "match": match, "patch": {"operation": operation, "value": value}}


def _route_patches() -> list[Config]:
    cors = {"typed_per_filter_config": {_CORS: cors_policy(cluster_edge_options())}}
    headers = {"response_headers_to_remove": _INTERNAL_RESPONSE_HEADERS}
    patches = [
        {"applyTo": "VIRTUAL_HOST", "match": {"context": "GATEWAY"}, "patch": _merge(cors)},
        {"applyTo": "ROUTE_CONFIGURATION", "match": {"context": "GATEWAY"}, "patch": _merge(headers)},
    ]
    for checked in (True, False):
        for repeatable in (True, False):
            route: Config = {"route": {"retry_policy": retries(repeatable=repeatable)}}
            if not checked:
                off = typed("extensions.filters.http.jwt_authn.v3.PerRouteConfig", disabled=True)
                route["typed_per_filter_config"] = {_JWT: off}
            patches.append(_rule_patch(rule_name(checked=checked, repeatable=repeatable), route))
    return patches


def _rule_patch(rule: str, value: Config) -> Config:
    route = {"vhost": {"route": {"name": rule, "action": "ROUTE"}}}
    match = {"context": "GATEWAY", "routeConfiguration": route}
    return {"applyTo": "HTTP_ROUTE", "match": match, "patch": _merge(value)}


def _merge(value: Config) -> Config:
    return {"operation": "MERGE", "value": value}
