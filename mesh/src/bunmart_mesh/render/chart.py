"""The mesh templates of the chart ``bunmart``: their texts, and their files."""

from pathlib import Path

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.envoy.configurations import envoy_configurations
from bunmart_mesh.render.envoy.kubernetes import CERTIFICATES, KubernetesPlacement, kubernetes_edge_options
from bunmart_mesh.render.envoy.sds import roots_secret, workload_secret
from bunmart_mesh.render.helm.anchors import to_anchored_yaml
from bunmart_mesh.render.helm.expressions import GENERATED, define, parameterized
from bunmart_mesh.render.helm.shared_templates import extract_shared_templates
from bunmart_mesh.render.istio import istio_templates
from bunmart_mesh.render.network_policies import network_policy_templates

TEMPLATES = Path(__file__).parents[4] / "charts" / "bunmart" / "templates" / "mesh"
"""The folder of these files in this repository."""

_ENVOY = "bunmart.envoy"


def chart_templates(policy: Policy) -> dict[str, str]:
    """Render all templates, by the names of their files."""
    return {
        **_envoys(policy),
        "_sds.tpl": _sds(),
        "_ingress.tpl": _ingress(policy),
        "_services.tpl": _services(policy),
        **istio_templates(policy),
        **network_policy_templates(policy),
    }


def _envoys(policy: Policy) -> dict[str, str]:
    configs = envoy_configurations(parameterized(policy), KubernetesPlacement(), kubernetes_edge_options())
    texts = {part: to_anchored_yaml(config) for part, config in configs.items()}
    parts, shared = extract_shared_templates(texts, f"{_ENVOY}.shared")
    files = {f"_envoy-{part}.tpl": define(f"{_ENVOY}.{part}", text) for part, text in parts.items()}
    files["_envoy-shared.tpl"] = "".join(define(name, text) for name, text in sorted(shared.items()))
    return {name: GENERATED + text for name, text in files.items()}


def _sds() -> str:
    workload = workload_secret(f"{CERTIFICATES}/tls.crt", f"{CERTIFICATES}/tls.key", CERTIFICATES)
    secrets = {"workload": workload, "roots": roots_secret(f"{CERTIFICATES}/ca.crt", CERTIFICATES)}
    return GENERATED + "".join(
        define(f"{_ENVOY}.sds.{name}", to_anchored_yaml(secret)) for name, secret in secrets.items()
    )


def _ingress(policy: Policy) -> str:
    # The longest prefix first, as at the edge.
    entries = sorted(policy.ingress, key=lambda entry: len(entry.prefix), reverse=True)
    prefixes = "".join(f"- {{part: {entry.part}, prefix: {entry.prefix}}}\n" for entry in entries)
    return GENERATED + define("bunmart.ingress.prefixes", prefixes)


def _services(policy: Policy) -> str:
    names = ",".join(part.name for part in policy.parts if part.kind == "service") + "\n"
    about = (
        "{{/* The services that a release may have, in the order of the policy; read with splitList. */}}\n"
    )
    return GENERATED + about + define("bunmart.services", names)


def stale(folder: Path, templates: dict[str, str]) -> list[str]:
    """Name the files that are missing, different or no longer generated; others are left alone."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*") if path.is_file()}
    ours = {name for name, text in found.items() if text.startswith(GENERATED)}
    return sorted(name for name in ours | templates.keys() if found.get(name) != templates.get(name))


def write(folder: Path, templates: dict[str, str]) -> None:
    """Write the files and remove those that are no longer generated."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale(folder, templates):
        if name in templates:
            (folder / name).write_text(templates[name], encoding="utf-8")
        else:
            (folder / name).unlink()
