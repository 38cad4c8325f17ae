"""Envoy's secrets (SDS) as files: the certificate of a workload, and the roots that it trusts."""

from bunmart_mesh.render.config import Config

_SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"  # noqa: S105 - a type's name


def workload_secret(certificate: str, key: str, watched: str) -> Config:
    """Return the content of ``workload.sds.yaml``.

    Args:
        certificate: Path of the PEM chain.
        key: Path of the PEM private key.
        watched: The folder in which a move makes Envoy read both again.
    """
    return _resource(
        "workload",
        "tls_certificate",
        {
            "certificate_chain": {"filename": certificate},
            "private_key": {"filename": key},
            "watched_directory": {"path": watched},
        },
    )


def roots_secret(certificates: str, watched: str) -> Config:
    """Return the content of ``roots.sds.yaml``; arguments as of ``workload_secret``."""
    return _resource(
        "roots",
        "validation_context",
        {"trusted_ca": {"filename": certificates}, "watched_directory": {"path": watched}},
    )


def _resource(name: str, kind: str, value: Config) -> Config:
    return {"resources": [{"@type": _SECRET, "name": name, kind: value}]}


def sds(name: str, folder: str) -> Config:
    """Refer to the secret ``workload`` or ``roots`` in a part's folder."""
    return {
        "name": name,
        "sds_config": {
            "resource_api_version": "V3",
            "path_config_source": {
                "path": f"{folder}/{name}.sds.yaml",
                "watched_directory": {"path": folder},
            },
        },
    }
