"""The local mesh on disk: configurations, certificates and the folder of the access logs."""

from dataclasses import dataclass
from pathlib import Path

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.envoy.configurations import envoy_configurations
from bunmart_mesh.render.envoy.edge import EdgeOptions
from bunmart_mesh.render.envoy.placement import LOOPBACK

from bunmart_dev.local_mesh.certificates import ensure_certificates
from bunmart_dev.local_mesh.endpoints import write_endpoints
from bunmart_dev.local_mesh.placement import LocalPlacement
from bunmart_dev.local_mesh.to_yaml import to_yaml
from bunmart_dev.ports import Ports


@dataclass(frozen=True)
class LocalMesh:
    """The files and folders that were written."""

    configs: dict[str, Path]
    """The configuration of each part's Envoy."""
    certificates: Path
    logs: Path


def write_local_mesh(
    folder: Path,
    policy: Policy,
    ports: Ports,
    *,
    edge_host: str = LOOPBACK,
    options: EdgeOptions | None = None,
    movable: bool = False,
) -> LocalMesh:
    """Write ``envoy/<part>.yaml``, ``certificates/`` and ``logs/`` below a folder; renew what expires soon.

    Call it before each start. Calling it once a day keeps the certificates of a running mesh current; Envoys
    notice by themselves.
    """
    folder = folder.resolve()
    mesh = LocalMesh({}, folder / "certificates", folder / "logs")
    ensure_certificates(mesh.certificates, policy)
    for directory in (folder / "envoy", mesh.logs):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    endpoints = folder / "endpoints" if movable else None
    if endpoints is not None:
        for name in policy.names:
            write_endpoints(endpoints, name, ports.of(name).runs[0])
    placement = LocalPlacement(ports, mesh.certificates, mesh.logs, edge_host, endpoints)
    for name, config in envoy_configurations(policy, placement, options).items():
        mesh.configs[name] = folder / "envoy" / f"{name}.yaml"
        mesh.configs[name].write_text(to_yaml(config), encoding="utf-8")
    return mesh
