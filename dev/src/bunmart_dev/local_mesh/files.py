"""The local mesh on disk: configurations, certificates and the folder of the access logs."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.configurations import envoy_configurations
from bunmart_mesh.render.envoy.edge import EdgeOptions
from bunmart_mesh.render.envoy.placement import LOOPBACK
from typing_extensions import override

from bunmart_dev.local_mesh.certificates import ensure_certificates
from bunmart_dev.local_mesh.placement import LocalPlacement
from bunmart_dev.ports import Ports


@dataclass(frozen=True)
class LocalMesh:
    """The files and folders that were written."""

    configs: dict[str, Path]
    """The configuration of each part's Envoy."""
    certificates: Path
    logs: Path


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes everything out: a reader should not have to follow anchors."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def to_yaml(config: Config) -> str:
    """Write a configuration in Envoy's own order of fields."""
    return yaml.dump(config, Dumper=_Dumper, sort_keys=False, width=110)


def write_local_mesh(
    folder: Path,
    policy: Policy,
    ports: Ports,
    *,
    edge_host: str = LOOPBACK,
    options: EdgeOptions | None = None,
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
    placement = LocalPlacement(ports, mesh.certificates, mesh.logs, edge_host)
    for name, config in envoy_configurations(policy, placement, options).items():
        mesh.configs[name] = folder / "envoy" / f"{name}.yaml"
        mesh.configs[name].write_text(to_yaml(config), encoding="utf-8")
    return mesh
