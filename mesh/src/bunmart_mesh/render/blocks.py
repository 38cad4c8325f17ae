"""Small pieces of Envoy configuration which several listeners and clusters share."""

from typing import Any

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.placement import Address
from bunmart_mesh.render.sds import Config, sds

TYPE = "type.googleapis.com/envoy."
UNDELIVERED = "x-mesh-undelivered"
"""Response header of an inbound sidecar: the application never got the request, so it may be sent again."""

_TLS_TYPE = "extensions.transport_sockets.tls.v3"
_TLS_1_3 = {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"}


def typed(type_name: str, **fields: Any) -> Config:
    """Return a typed config; the type's name is given without ``type.googleapis.com/envoy.``."""
    return {"@type": TYPE + type_name, **fields}


def extension(name: str, type_name: str, **fields: Any) -> Config:
    """Return an extension: its name and typed config."""
    return {"name": name, "typed_config": typed(type_name, **fields)}


def socket(address: Address) -> Config:
    """Return a socket address."""
    return {"socket_address": {"address": address.host, "port_value": address.port}}


def own_prefix(prefix: str, **conditions: Any) -> Config:
    """Match a path prefix that ends at a slash: ``/api/carts`` is not ``/api/cartsx``."""
    return {"path_separated_prefix": prefix, **conditions}


def method_is(*methods: str) -> Config:
    """Match the HTTP method."""
    wanted = {"exact": methods[0]} if len(methods) == 1 else {"safe_regex": {"regex": "|".join(methods)}}
    return {"name": ":method", "string_match": wanted}


def server_tls(policy: Policy, secrets: str) -> Config:
    """Accept only TLS 1.3 clients with a certificate of our CA and an identity of our trust domain."""
    common = _common_tls(secrets, ["h2", "http/1.1"], {"prefix": policy.identity("")})
    return extension(
        "envoy.transport_sockets.tls",
        f"{_TLS_TYPE}.DownstreamTlsContext",
        require_client_certificate=True,
        common_tls_context=common,
    )


def client_tls(policy: Policy, secrets: str, callee: str) -> Config:
    """Present our certificate and accept only the callee's exact identity."""
    common = _common_tls(secrets, ["h2"], {"exact": policy.identity(callee)})
    return extension(
        "envoy.transport_sockets.tls", f"{_TLS_TYPE}.UpstreamTlsContext", common_tls_context=common
    )


def _common_tls(secrets: str, alpn: list[str], peer: Config) -> Config:
    return {
        "alpn_protocols": alpn,
        "tls_params": dict(_TLS_1_3),
        "tls_certificate_sds_secret_configs": [sds("workload", secrets)],
        "combined_validation_context": {
            "default_validation_context": {
                "match_typed_subject_alt_names": [{"san_type": "URI", "matcher": peer}]
            },
            "validation_context_sds_secret_config": sds("roots", secrets),
        },
    }
