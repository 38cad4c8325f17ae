"""The generated templates as Helm renders them into a release, and as Envoy can run them on this machine."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import helm_python as helm
from bunmart_dev.free_ports import free_ports
from bunmart_dev.local_mesh.certificates import ensure_certificates
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.envoy.kubernetes import CERTIFICATES, SECRETS
from msgspec.structs import replace

NAMESPACE, TRUST_DOMAIN, CLUSTER_DOMAIN = "shop", "bakery", "cluster.test"
GLOBAL: dict[str, Any] = {
    "clusterDomain": CLUSTER_DOMAIN,
    "mesh": {"trustDomain": TRUST_DOMAIN},
    "jwt": {"issuer": 'https://id.example/"quoted"', "audience": "api: one"},
}
INGRESS: dict[str, Any] = {
    "cors": {"origins": [r"https://shop\.example(:\d+)?", "https://[a-z]+\\.example"]},
    "rateLimit": {"requestsPerSecond": 3_000_000, "burst": 6_000_000},
    "trustedHops": 1,
}
PORTS = (15006, 15001, 15000, 15020, 15021, 8080, 8000, 9090)

_HELPER = '{{- define "bunmart.trustDomain" -}}{{ .Values.global.mesh.trustDomain }}{{- end -}}'
_SUBCHART = '(dict "Values" (dict "global" .Values.global) "Release" .Release)'
"""What a subchart has of its parent."""


def render_release(
    folder: Path, templates: Mapping[str, str], ingress: Mapping[str, Any] = INGRESS
) -> dict[str, str]:
    """Let Helm include every named template; returns the texts by the names of the templates."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: bunmart\nversion: 0.1.0\n")
    (folder / "templates" / "_helpers.tpl").write_text(_HELPER)
    names = []
    for file, text in templates.items():
        if file.startswith("_"):
            (folder / "templates" / file).write_text(text)
            names += re.findall(r'define "(.+?)"', text)
    for name in names:
        context = "." if name == "bunmart.envoy.edge" else _SUBCHART
        (folder / "templates" / f"{name}.yaml").write_text(f'{{{{ include "{name}" {context} }}}}')
    with helm.Chart.load(folder) as chart:
        rendered = chart.render({"global": GLOBAL, "ingress": ingress}, name="bunmart", namespace=NAMESPACE)
    return {name: rendered[f"bunmart/templates/{name}.yaml"] for name in names}


@dataclass
class Pod:
    """The files and ports of one pod, moved to where a test may have them."""

    part: str
    release: Mapping[str, str]
    folder: Path
    issued: Path
    """Certificates of all parts, as ``ensure_certificates`` lays them out."""
    ports: dict[int, int] = field(default_factory=dict)
    """From a port of the pod to the port that stands for it."""

    def __post_init__(self) -> None:
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.mount_certificates("..first")
        (self.folder / "config").mkdir()
        for name in ("workload", "roots"):
            self._write(f"{name}.sds.yaml", self.release[f"bunmart.envoy.sds.{name}"])
        self._write("envoy.yaml", self.release[f"bunmart.envoy.{self.part}"])

    @property
    def config(self) -> Path:
        return self.folder / "config" / "envoy.yaml"

    def url(self, port: int, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def mount_certificates(self, version: str) -> None:
        """Do what kubelet does with a Secret: a new folder, then one rename of the link to it."""
        mount = self.folder / "tls"
        (mount / version).mkdir(parents=True)
        for name in ("tls.crt", "tls.key", "ca.crt"):
            (mount / version / name).write_bytes((self.issued / self.part / name).read_bytes())
            if not (mount / name).is_symlink():
                (mount / name).symlink_to(f"..data/{name}")
        (mount / "..data_tmp").symlink_to(version)
        (mount / "..data_tmp").rename(mount / "..data")

    def _write(self, name: str, text: str) -> None:
        text = text.replace(CERTIFICATES, str(self.folder / "tls"))
        text = text.replace(SECRETS, str(self.folder / "config"))
        # A peer that is nowhere, without asking a name server.
        text = re.sub(rf"[a-z]+\.{NAMESPACE}\.svc\.{CLUSTER_DOMAIN}, port", "127.0.0.1, port", text)
        text = re.sub(r"port_value: (\d+)", lambda found: f"port_value: {self.ports[int(found[1])]}", text)
        (self.folder / "config" / name).write_text(text)


def issue(folder: Path, policy: Policy) -> Path:
    """Issue the certificates of the release."""
    ensure_certificates(folder, replace(policy, trust_domain=TRUST_DOMAIN, namespace=NAMESPACE))
    return folder
