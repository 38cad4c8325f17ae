"""Listeners: the HTTP connection manager and its access log."""

from typing import Any

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.messages import extension, socket
from bunmart_mesh.render.envoy.placement import Address
from bunmart_mesh.render.envoy.rbac import HEALTH_CHECK, READINESS

_HCM = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_BUFFER_BYTES = 1024 * 1024
"""Also the largest request body that can be sent a second time."""


def router() -> Config:
    """Return the last HTTP filter."""
    return extension(
        "envoy.filters.http.router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True
    )


def http_manager(name: str, routes: Config, filters: list[Config], **fields: Any) -> Config:
    """Return the network filter that speaks HTTP.

    Args:
        name: For statistics.
        routes: The route configuration.
        filters: HTTP filters before the router.
        fields: Fields that replace the defaults.
    """
    defaults: Config = {
        "stat_prefix": name,
        "codec_type": "AUTO",
        "generate_request_id": False,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "use_remote_address": False,
        "server_header_transformation": "PASS_THROUGH",
        "common_http_protocol_options": common_http_options(),
        "http2_protocol_options": {
            "max_concurrent_streams": 1024,
            "initial_stream_window_size": 262144,
            "initial_connection_window_size": 1048576,
            "connection_keepalive": {"interval": "30s", "timeout": "5s"},
        },
        "stream_idle_timeout": "300s",
        "request_headers_timeout": "10s",
        "route_config": routes,
        "http_filters": [*filters, router()],
    }
    return extension("envoy.filters.network.http_connection_manager", _HCM, **{**defaults, **fields})


def common_http_options(**fields: Any) -> Config:
    """Return what holds for every version of HTTP; fields are added."""
    return {"idle_timeout": "3600s", "headers_with_underscores_action": "REJECT_REQUEST", **fields}


def listener(name: str, address: Address, manager: Config, transport_socket: Config | None = None) -> Config:
    """Return a listener with one filter chain."""
    chain: Config = {"filters": [manager]}
    if transport_socket is not None:
        chain["transport_socket"] = transport_socket
    return {
        "name": name,
        "address": socket(address),
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        "filter_chains": [chain],
    }


def access_log(service: str, direction: str, path: str | None) -> list[Config]:
    """Write one JSON line per request, health checks excepted; absent values are left out.

    Args:
        service: The part that writes the log.
        direction: ``inbound`` or ``edge``.
        path: The file; None for standard output.

    Paths are written without their query: there are sessions of carts and e-mail addresses in it.
    """
    fields = {
        "ts": "%START_TIME%",
        "service": service,
        "direction": direction,
        "peer": "%DOWNSTREAM_PEER_URI_SAN%",
        "method": "%REQ(:METHOD)%",
        "authority": "%REQ(:AUTHORITY)%",
        "path": "%PATH(NQ:PATH)%",
        "code": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS_NUMBER%",
        "flags": "%RESPONSE_FLAGS%",
        "detail": "%RESPONSE_CODE_DETAILS%",
        "traceparent": "%REQ(TRACEPARENT)%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "duration_ms": "%DURATION%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    }
    not_health = {"and_filter": {"filters": [_path_is_not(HEALTH_CHECK), _path_is_not(READINESS)]}}
    log_format = {"json_format": fields, "omit_empty_values": True}
    log = _standard_output(log_format) if path is None else _file(path, log_format)
    return [{**log, "filter": not_health}]


def _standard_output(log_format: Config) -> Config:
    # Not the file /dev/stdout: Envoy's user may not be permitted to open it.
    return extension(
        "envoy.access_loggers.stdout",
        "extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format=log_format,
    )


def _file(path: str, log_format: Config) -> Config:
    return extension(
        "envoy.access_loggers.file",
        "extensions.access_loggers.file.v3.FileAccessLog",
        path=path,
        log_format=log_format,
    )


def _path_is_not(path: str) -> Config:
    header = {"name": ":path", "string_match": {"exact": path}, "invert_match": True}
    return {"header_filter": {"header": header}}
