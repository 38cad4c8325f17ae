"""TLS between parts: both sides present a certificate of the mesh and check the other's identity."""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.messages import extension
from bunmart_mesh.render.envoy.sds import sds

_TLS_TYPE = "extensions.transport_sockets.tls.v3"
_TLS_1_3 = {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"}


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
