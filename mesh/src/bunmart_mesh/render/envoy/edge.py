"""The ingress: the one listener that browsers and Stripe reach."""

from dataclasses import dataclass

from bunmart_mesh.policy import Ingress, Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.listeners import access_log, common_http_options, http_manager, listener
from bunmart_mesh.render.envoy.local_replies import UNDELIVERED, local_replies
from bunmart_mesh.render.envoy.messages import extension, method_is, own_prefix, typed
from bunmart_mesh.render.envoy.placement import Placement
from bunmart_mesh.render.envoy.probes import probe_listeners
from bunmart_mesh.render.envoy.routes import retry_policy
from bunmart_mesh.render.envoy.sidecar import bootstrap
from bunmart_mesh.render.envoy.upstreams import admin_clusters, peer_cluster, peer_cluster_name

TIMEOUT = "15s"
REPEATABLE_METHODS = ("GET", "HEAD")
"""Methods that are sent again although they may have been delivered. A second PUT of one version is a
conflict, and a second DELETE finds nothing: a client that repeats those adds an idempotency key and gets the
first answer."""
_BACKOFF = ("0.05s", "1s")
"""Long enough for five retries to outlast the restart of a process."""
_CORS = "envoy.filters.http.cors"
_KEY_ISSUER = "user"
_KEYS_PATH = "/.well-known/jwks.json"
_INTERNAL_HEADERS = ("x-forwarded-client-cert", UNDELIVERED)


@dataclass(frozen=True)
class EdgeOptions:
    """Choices of the ingress; a number may be a placeholder that a template fills in."""

    requests_per_second: int | str = 2000
    """Of all clients together; more is answered with 429."""
    burst: int | str = 4000
    """Requests that may come at once after a quiet time."""
    issuer: str = "https://bunmart.local"
    """``iss`` of an access token."""
    audience: str = "bunmart-api"
    """``aud`` of an access token."""
    origins: tuple[str, ...] = (r"http://localhost(:\d+)?", r"http://127\.0\.0\.1(:\d+)?")
    """Regular expressions (RE2) of the origins whose pages may call the API."""
    trusted_hops: int | str = 0
    """The number of proxies in front of the edge that append to ``x-forwarded-for``."""
    connection_seconds: int | None = None
    """The age at which a connection is closed, so that its client connects anew; None never closes one."""


def edge(policy: Policy, placement: Placement, options: EdgeOptions | None = None) -> Config:
    """Render the ingress."""
    options = options or EdgeOptions()
    name = policy.edge
    filters = [
        extension(_CORS, "extensions.filters.http.cors.v3.Cors"),
        rate_limit(options),
        _jwt(policy, options),
    ]
    manager = http_manager(
        "edge",
        _routes(policy, options),
        filters,
        access_log=access_log(name, "edge", placement.access_log(name, "edge")),
        **browser_facing(),
        **_clients(options),
    )
    clusters = admin_clusters(placement, name)
    clusters += [peer_cluster(policy, placement, name, callee) for callee in policy.callees(name)]
    listeners = [listener("edge", placement.edge(), manager), *probe_listeners(placement, name, app=False)]
    return bootstrap(placement, name, listeners, clusters)


def browser_facing() -> Config:
    """Return the fields of an HTTP connection manager that are for clients outside the mesh."""
    return {
        "local_reply_config": local_replies(checks_tokens=True),
        "generate_request_id": True,
        "always_set_request_id_in_response": True,
        "forward_client_cert_details": "SANITIZE",
        "early_header_mutation_extensions": [_strip_internal_headers()],
        "server_header_transformation": "OVERWRITE",
        "server_name": "bunmart",
        "request_timeout": "60s",
    }


def _clients(options: EdgeOptions) -> Config:
    # With HTTP/1 the next answer says `connection: close`; HTTP/2 gets GOAWAY. No request is lost.
    duration = options.connection_seconds and {"max_connection_duration": f"{options.connection_seconds}s"}
    return {
        "use_remote_address": True,
        "xff_num_trusted_hops": options.trusted_hops,
        "common_http_protocol_options": common_http_options(**(duration or {})),
        "http1_safe_max_connection_duration": bool(duration),
    }


def _strip_internal_headers() -> Config:
    return extension(
        "envoy.http.early_header_mutation.header_mutation",
        "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=[{"remove": header} for header in _INTERNAL_HEADERS],
    )


def _routes(policy: Policy, options: EdgeOptions) -> Config:
    # The longest prefix first: the first match wins.
    entries = sorted(policy.ingress, key=lambda entry: len(entry.prefix), reverse=True)
    host = {
        "name": "edge",
        "domains": ["*"],
        "typed_per_filter_config": {_CORS: cors_policy(options)},
        "routes": [route for entry in entries for route in _entry_routes(entry)],
    }
    return {
        "name": "edge",
        "validate_clusters": True,
        "virtual_hosts": [host],
        "response_headers_to_remove": [UNDELIVERED],
    }


def _entry_routes(entry: Ingress) -> list[Config]:
    return [
        {
            "match": own_prefix(entry.prefix, headers=[method_is(*REPEATABLE_METHODS)]),
            "route": _action(entry.part, repeatable=True),
        },
        {"match": own_prefix(entry.prefix), "route": _action(entry.part, repeatable=False)},
    ]


def _action(part: str, *, repeatable: bool) -> Config:
    retry = retries(repeatable=repeatable)
    return {"cluster": peer_cluster_name(part), "timeout": TIMEOUT, "retry_policy": retry}


def retries(*, repeatable: bool) -> Config:
    """Say when a request from outside is sent again."""
    return retry_policy(repeatable=repeatable, grpc=False, backoff=_BACKOFF, retries=5)


def cors_policy(options: EdgeOptions) -> Config:
    """Say which pages of other origins may call the API."""
    return typed(
        "extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"safe_regex": {"regex": origin}} for origin in options.origins],
        allow_methods="GET, HEAD, POST, PUT, PATCH, DELETE",
        # The wildcard covers every header but this one (Fetch: CORS non-wildcard request-header name).
        allow_headers="*, authorization",
        expose_headers="etag, location, retry-after, x-request-id",
        max_age="600",
    )


def rate_limit(options: EdgeOptions) -> Config:
    """Return the filter that answers 429 when there are too many requests of all clients together."""
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    retry_after = {
        "header": {"key": "retry-after", "value": "1"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }
    return extension(
        "envoy.filters.http.local_ratelimit",
        "extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        stat_prefix="edge",
        token_bucket={
            "max_tokens": options.burst,
            "tokens_per_fill": options.requests_per_second,
            "fill_interval": "1s",
        },
        filter_enabled=always,
        filter_enforced=always,
        response_headers_to_add=[retry_after],
    )


def _jwt(policy: Policy, options: EdgeOptions) -> Config:
    provider = {
        "issuer": options.issuer,
        "audiences": [options.audience],
        # Naming the header turns the default query parameter off: addresses end up in logs.
        "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
        "forward": True,
        "clock_skew_seconds": 30,
        "remote_jwks": {
            "http_uri": {
                "uri": f"https://{_KEY_ISSUER}{_KEYS_PATH}",
                "cluster": peer_cluster_name(_KEY_ISSUER),
                "timeout": "2s",
            },
            "cache_duration": {"seconds": 60},
            # The listener opens even when the keys cannot be had yet.
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "1s"},
        },
    }
    ignored = [{"match": own_prefix(entry.prefix)} for entry in policy.ingress if entry.jwt == "ignored"]
    optional = {"requires_any": {"requirements": [{"provider_name": "bunmart"}, {"allow_missing": {}}]}}
    return extension(
        "envoy.filters.http.jwt_authn",
        "extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={"bunmart": provider},
        rules=[*ignored, {"match": {"prefix": "/"}, "requires": optional}],
    )
